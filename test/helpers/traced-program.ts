import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { findSection } from './elf-section.js'
import { toolEnv } from './sanitizers.js'

export type Linker = 'bfd' | 'gold' | 'lld' | 'mold'

export const linkers: readonly Linker[] = ['bfd', 'gold', 'lld', 'mold']

/** Whether the machine has this linker. */
export const hasLinker = (linker: Linker): boolean =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, `ld.${linker}`)))

/** Compiles test/fixtures/traced.c. */
export function linkTraced(path: string, linker: Linker, flags: readonly string[] = []): void {
  const source = 'test/fixtures/traced.c'
  execFileSync('gcc', ['-O2', source, '-o', path, `-fuse-ld=${linker}`, ...flags], { stdio: 'pipe', env: toolEnv() })
}

export interface Round {
  readonly sum: number
  readonly semaphore: number
  readonly data: number
}

/** What the program prints if nobody traces it. */
export const untraced: Round = { sum: 50, semaphore: 0, data: 1290 }

const parse = (line: string): Round => {
  const [sum = Number.NaN, semaphore = Number.NaN, data = Number.NaN] = line.trim().split(' ').map(Number)
  return { sum, semaphore, data }
}

/** Runs the program for one round. */
export function runTraced(path: string): Round {
  const { stdout, status, signal } = spawnSync(path, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${path} ended with ${signal ?? status}`)
  return parse(stdout)
}

/** Starts the program. `round()` makes it run one more round, `end()` waits for its end. */
export async function startTraced(path: string) {
  const child = spawn(path, ['rounds'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async () => parse((await lines.next()).value ?? '')
  await next()
  return {
    pid: child.pid as number,
    round(): Promise<Round> {
      child.stdin.write('x')
      return next()
    },
    end(): Promise<number | null> {
      child.stdin.end()
      return ended
    },
    async [Symbol.asyncDispose](): Promise<void> {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Does what prelink does: moves the program by `distance` after its notes were written. */
export function moveNotes(path: string, distance: bigint): void {
  const file = readFileSync(path)
  const { start } = findSection(file, '.note.stapsdt')
  // The note's name and type come before the addresses of the probe, of the base and of the semaphore.
  for (const at of [20, 28, 36].map((offset) => start + offset)) {
    file.writeBigUInt64LE(file.readBigUInt64LE(at) - distance, at)
  }
  writeFileSync(path, file)
}
