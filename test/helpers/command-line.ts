import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

export const cli = 'dist/cli.cjs'

/** Starts `ebpf` with these arguments. */
export function startCommand(...args: string[]) {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  return { child, ended: once(child, 'exit'), lines: lines(child) }
}

/** Ctrl-C twice, as if sent by a terminal and by npm. The kernel may merge two equal signals, so these differ. */
export function interrupt(child: ChildProcess): void {
  child.kill('SIGINT')
  child.kill('SIGTERM')
}

/** What a command prints until it ends. */
export async function allLines({ lines }: ReturnType<typeof startCommand>): Promise<string[]> {
  const all: string[] = []
  for await (const line of lines) all.push(line)
  return all
}

async function* lines(child: ChildProcess): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of child.stdout ?? []) {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    yield* parts
  }
  if (rest !== '') throw new Error(`the last line is not whole: ${rest}`)
}
