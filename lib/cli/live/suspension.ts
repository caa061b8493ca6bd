/** Milliseconds until the process runs on where nothing stops it: a signal stops no process group without a shell to continue it. */
const unstopped = 100

/** The process, or what a test has in its place. */
interface Host {
  readonly pid: number
  kill(pid: number, signal: 'SIGTSTP'): unknown
  on(signal: 'SIGTSTP' | 'SIGCONT', listener: () => void): unknown
  off(signal: 'SIGTSTP' | 'SIGCONT', listener: () => void): unknown
}

/** What gives the terminal back, and what takes it again. */
interface Terminal {
  leave(): void
  enter(): void
}

export interface Suspension extends Disposable {
  /**
   * What the kernel does at Ctrl-Z on a terminal that is not raw: stops every process of the job, so that the shell sees it stopped even
   * where npx, sudo or a script stands between.
   */
  stopGroup(): void
}

/** Gives the terminal back before a SIGTSTP stops this process, and takes it again when it is continued. */
export function suspension({ leave, enter }: Terminal, host: Host = process): Suspension {
  let timer: NodeJS.Timeout | undefined
  const stop = (pid: number) => {
    if (timer) return
    // First, for the shell takes the terminal as soon as it sees another process of the job stopped.
    leave()
    // Without a listener the signal does what it does to every process.
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
