/** System calls that a seccomp filter may refuse. */
export type SystemCall = 'bpf' | 'perf_event_open' | 'setns'

let isRefused: (call: SystemCall) => boolean = () => false

/** Sets the function, from the addon once it is loaded, that tells whether a system call fails with any arguments. */
export function tryCallsBy(attempt: typeof isRefused): void {
  isRefused = attempt
}

/** Which of these system calls are refused now. The process must have made each of them before: a filter may also kill it for a new one. */
export function refusedCalls(calls: readonly SystemCall[]): SystemCall[] {
  return calls.filter((call) => isRefused(call))
}
