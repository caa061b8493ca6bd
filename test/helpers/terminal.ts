import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Terminal {
  /** Everything that was printed so far, including control sequences. */
  readonly output: () => string
  readonly pid: number
  /** Presses keys. */
  type(text: string): void
  /** Waits until the output from now on matches. */
  until(expected: RegExp): Promise<void>
  /** Closes the terminal, as if its window was closed or its connection ended. */
  close(): void
  /** The status that the shell saw, once everything has ended. */
  readonly ended: Promise<number>
}

/** Runs a shell command on its own terminal, using script(1) of Debian's essential packages. */
export function onTerminal(command: string, { columns = 100, rows = 20 } = {}): Terminal {
  const sized = `stty cols ${columns} rows ${rows}; echo "pid $$."; exec ${command}`
  const child = spawn('script', ['-qefc', sized, '/dev/null'], {
    // Does not use the machine's own TERM, which may have no cursor.
    env: { ...process.env, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (text) => {
    output += text
  })
  const ended = once(child, 'close').then(([status]) => Number(status))
  return {
    output: () => output,
    get pid() {
      return Number(/pid (\d+)\./.exec(output)?.[1])
    },
    type: (text) => {
      child.stdin.write(text)
    },
    close: () => void child.kill('SIGKILL'),
    async until(expected) {
      const from = output.length
      while (!expected.test(output.slice(from))) {
        if (child.exitCode !== null) throw new Error(`it ended without ${expected}: ${output.slice(from)}`)
        await Promise.race([once(child.stdout, 'data'), ended])
      }
    },
    ended,
  }
}
