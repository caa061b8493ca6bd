import { type Interruption, interruption } from './interrupt.js'
import type { Output } from './output/output.js'
import { TerminalOutput } from './output/terminal-output.js'

/** Where a live command prints to, and what stops it. Tests replace both. */
export interface Surroundings {
  readonly output: Output
  readonly interruption: () => Interruption
}

let output: Output | undefined

export const surroundings: Surroundings = {
  /** Opened by the command that is run. */
  get output(): Output {
    output ??= (process.stdout.isTTY ? TerminalOutput.open() : undefined) ?? process.stdout
    return output
  },
  interruption,
}
