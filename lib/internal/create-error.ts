import { BpfError, type ErrorFields, PermissionError, VerifierError } from '../errors.js'
import { missingCapabilities } from './capabilities.js'

/** Picks the error class that explains the failure best. Looks at the process only once something has failed. */
export function createError(fields: ErrorFields): BpfError {
  const refused = parseVerifierLog(fields.log ?? '')
  const forbidden = fields.code === 'EPERM' || fields.code === 'EACCES'
  // A log without a reason is of a program that the verifier never looked at: a security policy came first.
  if (refused && (refused.reason !== undefined || !forbidden)) {
    // The verifier is stricter with those who may do less, and does not say so.
    const missing = missingCapabilities()
    const hint = missing.length > 0 ? ` (the process lacks ${missing.join(', ')})` : ''
    return new VerifierError(fields, refused.program, refused.log, refused.reason ?? 'no reason given', hint)
  }
  const said = whatLibbpfSaid(fields.log ?? '')
  const message = fields.message ?? `${fields.operation}: ${fields.code}${said ? `: ${said}` : ''}`
  if (forbidden) {
    const missing = missingCapabilities()
    const why =
      missing.length > 0
        ? `the process lacks ${missing.join(', ')}`
        : 'the process has the capabilities, so the kernel forbids it to everyone (lockdown, a security module or a sysctl)'
    return new PermissionError({ ...fields, message: `${message}: ${why}` }, missing)
  }
  return new BpfError({ ...fields, message })
}

/**
 * libbpf prints a refused program's log between two marker lines, each with the program's name. With a log level those of
 * accepted programs stand before it.
 */
function parseVerifierLog(log: string): { program: string; log: string; reason: string | undefined } | undefined {
  const failed = log.search(/prog '[^']*': BPF program load failed/)
  if (failed === -1) return undefined
  const begin = /prog '([^']*)': -- BEGIN PROG LOAD LOG --\n/.exec(log.slice(failed))
  if (!begin) return undefined
  const start = failed + begin.index + begin[0].length
  const end = log.indexOf('-- END PROG LOAD LOG --', start)
  const text = log.slice(start, end === -1 ? undefined : end)
  const lines = text.split('\n').filter((line) => line !== '')
  // The reason stands last, before the states of a loop without an end and the statistics that every log ends with.
  const reasons = lines.filter((line) => !afterReason.test(line))
  return { program: begin[1] ?? '', log: text, reason: reasons.at(-1) }
}

const afterReason = /^(processed \d+ insns|verification time|stack depth|peak_states|(cur|old) state:)/

// What libbpf ends with when a load fails, and its guess at a memory limit that it raised itself; the reason stands before.
const consequence =
  /failed to (load object '|load: -?\d|prepare load attributes: -?\d)|permission error while running as root|-- (BEGIN|END) PROG LOAD LOG --/

function whatLibbpfSaid(log: string): string | undefined {
  const lines = log.split('\n').filter((line) => line.trim() !== '')
  const said = lines.findLast((line) => !consequence.test(line) && !afterReason.test(line)) ?? lines.at(-1)
  return said?.replace(/^libbpf: /, '')
}
