/** Milliseconds until the process resumes if nothing stopped it: the signal stops no process group without a shell to continue it. */
const unstopped = 100

/** The process, or a test's replacement for it. */
interface Host {
  readonly pid: number
  kill(pid: number, signal: 'SIGTSTP'): unknown
  on(signal: 'SIGTSTP' | 'SIGCONT', listener: () => void): unknown
  off(signal: 'SIGTSTP' | 'SIGCONT', listener: () => void): unknown
}

/** Gives the terminal back, and takes it again. */
interface Terminal {
  leave(): void
  enter(): void
}

export interface Suspension extends Disposable {
  /**
   * Does what the kernel does on Ctrl-Z if the terminal is not raw: stops every process of the job, so that the shell sees it stopped
   * even if npx, sudo or a script is in between.
   */
  stopGroup(): void
}

/** Gives the terminal back before a SIGTSTP stops this process, and takes it again when the process is continued. */
export function suspension({ leave, enter }: Terminal, host: Host = process): Suspension {
  let timer: NodeJS.Timeout | undefined
  const stop = (pid: number) => {
    if (timer) return
    // First, because the shell takes the terminal as soon as it sees another process of the job stopped.
    leave()
    // Without a listener, the signal has its default effect.
    host.off('SIGTSTP', stopThis)
    timer = setTimeout(resume, unstopped)
    host.kill(pid, 'SIGTSTP')
  }
  const stopThis = () => stop(host.pid)
  const resume = () => {
    if (!timer) return
    clearTimeout(timer)
    timer = undefined
    host.on('SIGTSTP', stopThis)
    enter()
  }
  host.on('SIGTSTP', stopThis)
  host.on('SIGCONT', resume)
  return {
    stopGroup: () => stop(0),
    [Symbol.dispose]() {
      clearTimeout(timer)
      host.off('SIGTSTP', stopThis)
      host.off('SIGCONT', resume)
    },
  }
}
