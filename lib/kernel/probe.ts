import { existsSync } from 'node:fs'
import { requireText, show } from '../arguments.js'
import { PermissionError } from '../errors.js'
import { binding } from '../internal/binding.js'
import { missingCapabilities } from '../internal/capabilities.js'
import { createError } from '../internal/create-error.js'
import { lockdownLevel, securityModules } from '../internal/settings.js'
import { isTracefsClosed, tracefsFailure, usableTracefs } from '../internal/tracefs.js'
import type { FeatureName } from './features.js'
import { typeNumber } from './type-names.js'

/** Kinds of attachment that not all kernels support. */
export type AttachKind =
  | 'kprobe'
  | 'kprobe.multi'
  | 'uprobe'
  | 'uprobe.multi'
  | 'tracepoint'
  | 'raw_tracepoint'
  | 'tp_btf'
  | 'fentry'
  | 'lsm'
  | 'tcx'
  | 'netkit'
  | 'xdp'
  | 'netfilter'
  | 'struct_ops'
  | 'cookie'

export const featureOfAttachKind: Readonly<Record<AttachKind, FeatureName>> = {
  tcx: 'tcx',
  netkit: 'netkit',
  xdp: 'xdp',
  raw_tracepoint: 'raw_tracepoint',
  tp_btf: 'tp_btf',
  tracepoint: 'tracefs',
  fentry: 'trace',
  kprobe: 'kprobe',
  'kprobe.multi': 'kprobe_multi',
  uprobe: 'uprobe',
  'uprobe.multi': 'uprobe_multi',
  lsm: 'lsm',
  netfilter: 'netfilter',
  struct_ops: 'struct_ops',
  cookie: 'bpf_cookie',
}

/**
 * Whether the running kernel supports a program type, named as in libbpf and bpftool: `xdp`, `sched_cls`. Loads an empty program.
 *
 * @throws {RangeError} for a name that libbpf does not know.
 * @throws {PermissionError} if the process lacks the capabilities to find out.
 */
export function hasProgramType(type: string): boolean {
  return remember(`program ${requireText(type, 'type')}`, () => {
    const number = typeNumber('program', type)
    // libbpf tries an fentry program, which a kernel may forbid while it allows other tracing programs (lockdown).
    const tracing = () => type === 'tracing' && binding.probeLink('tp_btf') === 0
    return certain(`probe program type ${type}`, () => binding.probeProgramType(number) || tracing())
  })
}

/** Whether the running kernel supports a map type: `arena`, `ringbuf`. Throws as `hasProgramType` does. */
export function hasMapType(type: string): boolean {
  return remember(`map ${requireText(type, 'type')}`, () => {
    const number = typeNumber('map', type)
    return certain(`probe map type ${type}`, () => binding.probeMapType(number))
  })
}

/**
 * Whether programs of a type may call a helper: `hasHelper('xdp', 'bpf_redirect_map')`. Loads a program that calls it.
 *
 * @throws {BpfError} ENOTSUP for program types that are loaded for a specific function: tracing, ext, lsm, struct_ops.
 */
export function hasHelper(program: string, helper: string): boolean {
  return remember(`helper ${requireText(program, 'program')} ${requireText(helper, 'helper')}`, () => {
    const type = typeNumber('program', program)
    const number = typeNumber('helper', helper.replace(/^(?!bpf_)/, 'bpf_'))
    return certain(`probe helper ${helper}`, () => binding.probeHelper(type, number))
  })
}

/** Whether the kernel supports a kind of attachment. The attempt leaves nothing behind. Throws PermissionError as `hasProgramType` does. */
export function hasAttach(kind: AttachKind): boolean {
  const attempt = Object.hasOwn(attempts, requireText(kind, 'kind')) ? attempts[kind] : undefined
  if (!attempt) throw new RangeError(`${show(kind)} is none of ${Object.keys(attempts).join(', ')}`)
  return remember(`attach ${kind}`, () => certain(`probe ${kind}`, attempt))
}

const probeEvents = '/sys/bus/event_source/devices'

// Attaches to something that does not exist: a kernel that supports the kind looks for it, another rejects the call (EINVAL).
const ends = (kind: Parameters<typeof binding.probeLink>[0], errno: number) => () => binding.probeLink(kind) === errno
const errnos = { ESRCH: 3, EBADF: 9, ENODEV: 19 }

const attempts: Record<AttachKind, () => boolean> = {
  kprobe: () => existsSync(`${probeEvents}/kprobe`) && lockdownLevel() !== 'confidentiality',
  'kprobe.multi': ends('kprobe.multi', errnos.ESRCH),
  uprobe: () => existsSync(`${probeEvents}/uprobe`),
  'uprobe.multi': ends('uprobe.multi', errnos.EBADF),
  tracepoint: () => hasProgramType('tracepoint') && hasTracefs(),
  raw_tracepoint: () => hasProgramType('raw_tracepoint'),
  tp_btf: ends('tp_btf', 0),
  fentry: ends('fentry', 0),
  lsm: () => hasProgramType('lsm') && securityModules()?.includes('bpf') === true,
  tcx: ends('tcx', errnos.ENODEV),
  netkit: ends('netkit', errnos.ENODEV),
  xdp: () => hasProgramType('xdp'),
  netfilter: () => hasProgramType('netfilter'),
  struct_ops: () => hasMapType('struct_ops'),
  cookie: () => hasHelper('kprobe', 'bpf_get_attach_cookie'),
}

function hasTracefs(): boolean {
  if (!isTracefsClosed()) return usableTracefs() !== undefined
  const operation = 'probe tracepoint'
  const why = tracefsFailure()
  throw new PermissionError({ code: 'EACCES', errno: 13, operation, message: `${operation}: ${why}` }, [], why)
}

// Answers are kept: a running kernel does not change.
const answers = new Map<string, boolean>()

function remember(question: string, ask: () => boolean): boolean {
  const known = answers.get(question)
  if (known !== undefined) return known
  const answer = ask()
  answers.set(question, answer)
  return answer
}

/** A negative answer is certain only if the process was permitted to do what was tried. */
function certain(operation: string, ask: () => boolean): boolean {
  const answer = ask()
  if (!answer && missingCapabilities().length > 0) throw createError({ code: 'EPERM', errno: 1, operation })
  return answer
}
