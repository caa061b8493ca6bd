export interface RefusedProgram {
  readonly program: string
  /** The verifier's full log of that program. */
  readonly log: string
  /** The last line that gives a reason; undefined if the verifier accepted the program, or never checked it. */
  readonly reason: string | undefined
}

/**
 * libbpf prints the log of a rejected program between two marker lines, each with the program's name. With a log level set, the logs of
 * accepted programs are before it.
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
  // The reason is last, before the states of an infinite loop and the statistics at the end of every log.
  const last = lines.findLast((line) => !isAfterReason(line))
  return { program: begin[1] ?? '', log: text, reason: last !== undefined && accepts.test(last) ? undefined : last }
}

/** Whether a line is one of those that follow the verifier's reason. */
export const isAfterReason = (line: string) =>
  /^(processed \d+ insns|verification time|stack depth|peak_states|(cur|old) state:)/.test(line)

// The last line of a log if no path is left to check: an instruction, a state that was seen before, or how it was found.
const accepts =
  /^(\d+: |from \d+ to \d+: |;|Validating |Func#\d+ |func#\d+ @|propagating |mark_precise: |last_idx |regs=|parent |frame\d+: |(R\d+|fp-\d+)(_\w+)?=)|: safe$/
