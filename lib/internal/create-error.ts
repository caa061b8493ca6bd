import { existsSync } from 'node:fs'
import { BpfError, type ErrorFields, NotSupportedError, PermissionError, VerifierError } from '../errors.js'
import { missingCapabilities } from './capabilities.js'
import { isResource, limitReached, mountSysfs } from './limit-reached.js'
import { missingNamespace } from './missing-namespace.js'
import { pinFailure, pinPathOf } from './pin-failure.js'
import { lockdownLevel } from './settings.js'
import { isAfterReason, parseVerifierLog, type RefusedProgram } from './verifier-log.js'
import { whyForbidden } from './why-forbidden.js'

/** Chooses the error class that explains the failure best. Inspects the process only after something has failed. */
export function createError(fields: ErrorFields): BpfError {
  const { code, operation, log = '' } = fields
  const refused = parseVerifierLog(log)
  if (refused && isVerdict(refused, code)) return verifierError(fields, refused)
  const said = whatLibbpfSaid(log)
  const short = `${operation}: ${code}`
  const explained = (why: string | undefined) => ({
    ...fields,
    message: fields.message ?? (why ? `${short}: ${why}` : short),
  })
  const withSaid = (why: string) => explained(said ? `${said}: ${why}` : why)

  const pin = pinPathOf(operation, log)
  const misplaced = pin === undefined ? undefined : pinFailure(pin, code)
  if (misplaced !== undefined) return new BpfError(explained(misplaced))
  if (code === 'EPERM' || code === 'EACCES') {
    const path = pin ?? pathOf(fields)
    const { missing, why } = whyForbidden({ operation, log, path })
    return new PermissionError(withSaid(why), missing, why)
  }
  if (withoutKernelBtf(log)) {
    const { why, instead } = existsSync('/sys/kernel') ? noKernelBtf : noSysfs
    return new NotSupportedError({ ...explained(`${why}: ${instead}`), feature: 'btf', minimumKernel: '5.4', instead })
  }
  const nowhere = missingNamespace(code, operation)
  if (nowhere !== undefined) return new BpfError(explained(nowhere))
  const reached = limitReached(code, operation)
  return new BpfError(reached === undefined ? explained(said) : withSaid(reached))
}

const orFile = 'or pass a BTF file as OpenOptions.kernelBtf'
const noKernelBtf = {
  why: 'the kernel has no BTF (/sys/kernel/btf/vmlinux)',
  instead: `use a kernel built with CONFIG_DEBUG_INFO_BTF, ${orFile}`,
}
/** As in a container or a chroot: the kernel's configuration is unknown. */
const noSysfs = {
  why: "the kernel's BTF, /sys/kernel/btf/vmlinux, cannot be read",
  instead: `${mountSysfs}, ${orFile}`,
}

const withoutKernelBtf = (log: string) =>
  /Error loading vmlinux BTF|failed to find valid kernel BTF/.test(log) && !existsSync('/sys/kernel/btf/vmlinux')

/**
 * Whether the verifier rejected the program. A log without a reason means that the verifier accepted the program or never checked it: a
 * limit, a security policy or the JIT compiler rejected it.
 */
function isVerdict({ reason }: RefusedProgram, code: string): boolean {
  if (isResource(code)) return false
  return reason !== undefined || !['EPERM', 'EACCES', 'E2BIG', 'ENOTSUPP'].includes(code)
}

function verifierError(fields: ErrorFields, { program, log, reason }: RefusedProgram): VerifierError {
  return new VerifierError(fields, program, log, reason ?? 'no reason given', hintOf(reason ?? ''))
}

/** The verifier is stricter with processes that lack capabilities, and on a kernel that is locked down, without saying so. */
function hintOf(reason: string): string {
  const missing = missingCapabilities()
  if (missing.length > 0) return ` (the process lacks ${missing.join(', ')})`
  const level = lockdownLevel()
  const helper = /(?:unknown func|cannot use helper) (bpf_\w+)/.exec(reason)?.[1] ?? ''
  const locked =
    (level === 'confidentiality' &&
      /^bpf_(probe_read(?!_user)|snprintf_btf|seq_printf_btf|trace_vprintk)/.test(helper)) ||
    (level !== undefined && level !== 'none' && helper === 'bpf_probe_write_user')
  return locked ? ` (the kernel is locked down, lockdown=${level}, which forbids ${helper})` : ''
}

/** The file that Node was denied access to. */
function pathOf({ cause, operation }: ErrorFields): string | undefined {
  const path = (cause as NodeJS.ErrnoException | undefined)?.path
  return typeof path === 'string' ? path : /^open (?:network namespace|cgroup) (\/.*)$/.exec(operation)?.[1]
}

// The last lines that libbpf logs when a load fails, and its guess at a memory limit that it raised itself; the reason is before them.
const consequence =
  /failed to (load object '|load: -?\w|prepare load attributes: -?\w)|permission error while running as root|-- (BEGIN|END) PROG LOAD LOG --/

/** libbpf's guess if the kernel loads nothing; the actual reason is found out here. */
const guess = /^Error in bpf_object__probe_loading\(\).*/

/** What the verifier wrote about a program, if it is not what rejected it. */
const verifierLogs = /^.*-- BEGIN PROG LOAD LOG --\n[\s\S]*?-- END PROG LOAD LOG --$/gm

function whatLibbpfSaid(log: string): string | undefined {
  const lines = log
    .replace(verifierLogs, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
  const said = lines.findLast((line) => !consequence.test(line) && !isAfterReason(line)) ?? lines.at(-1)
  return said?.replace(/^libbpf: /, '').replace(guess, 'not even a trivial program can be loaded')
}
