export interface RefusedProgram {
  readonly program: string
  /** The verifier's log of that program, whole. */
  readonly log: string
  /** The last line that says why; undefined where the verifier took the program, or never looked at it. */
  readonly reason: string | undefined
}

/**
 * libbpf prints a refused program's log between two marker lines, each with the program's name. With a log level those of
 * accepted programs stand before it.
 */
export function parseVerifierLog(log: string): RefusedProgram | undefined {
  const failed = log.search(/prog '[^']*': BPF program load failed/)
  if (failed === -1) return undefined
  const begin = /prog '([^']*)': -- BEGIN PROG LOAD LOG --\n/.exec(log.slice(failed))
  if (!begin) return undefined
  const start = failed + begin.index + begin[0].length
  const end = log.indexOf('-- END PROG LOAD LOG --', start)
  const text = log.slice(start, end === -1 ? undefined : end)
  const lines = text.split('\n').filter((line) => line !== '')
  // The reason stands last, before the states of a loop without an end and the statistics that every log ends with.
  const last = lines.findLast((line) => !isAfterReason(line))
  return { program: begin[1] ?? '', log: text, reason: last !== undefined && accepts.test(last) ? undefined : last }
}

/** What follows the verifier's reason. */
export const isAfterReason = (line: string) =>
  /^(processed \d+ insns|verification time|stack depth|peak_states|(cur|old) state:)/.test(line)

// What a log ends with when no path is left to walk: an instruction, a state that was seen before, or how it was found.
const accepts =
  /^(\d+: |from \d+ to \d+: |;|Validating |Func#\d+ |func#\d+ @|propagating |mark_precise: |last_idx |regs=|parent |frame\d+: |(R\d+|fp-\d+)(_\w+)?=)|: safe$/
