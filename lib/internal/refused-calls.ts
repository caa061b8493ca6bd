/** System calls that a seccomp filter may refuse. */
export type SystemCall = 'bpf' | 'perf_event_open' | 'setns'

let isRefused: (call: SystemCall) => boolean = () => false

/** Given by the addon, once it is loaded: whether a system call is refused whatever it asks. */
export function tryCallsBy(attempt: typeof isRefused): void {
  isRefused = attempt
}

/** Which of these system calls are refused now. The process must have made each before: a filter may as well end it. */
export function refusedCalls(calls: readonly SystemCall[]): SystemCall[] {
  return calls.filter((call) => isRefused(call))
}
