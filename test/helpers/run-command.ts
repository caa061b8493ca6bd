import type { Command } from 'commander'
import type { Surroundings } from '../../lib/cli/surroundings.js'
import { FakeTerminal } from './fake-terminal.js'

// The tests may run without a terminal, as a dumb one.
process.env.TERM = 'xterm'

/** What a command that runs in this process prints to, and what stops it. */
export interface FakeSurroundings extends Surroundings {
  readonly output: FakeTerminal
  readonly stop: () => void
}

export function fakeSurroundings({ isTTY = false } = {}): FakeSurroundings {
  const output = Object.assign(new FakeTerminal(), { isTTY, columns: 200, rows: 30 })
  const controller = new AbortController()
  const stop = () => controller.abort()
  return { output, stop, interruption: () => ({ signal: controller.signal, stop }) }
}

/** Runs a command with these arguments; throws if it does not accept one. */
export async function runCommand(command: Command, args: readonly string[]): Promise<void> {
  command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} })
  await command.parseAsync(args, { from: 'user' })
}

export const jsonLines = ({ written }: FakeTerminal) =>
  written
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

/** The status that the process would end with after `run`. It is reset, because this process is the test's. */
export async function statusAfter(run: () => Promise<void>): Promise<number> {
  await run()
  const status = process.exitCode ?? 0
  process.exitCode = undefined
  return Number(status)
}
