import { type Interruption, interruption } from './interrupt.js'
import type { Output } from './live/screen.js'

/** What a live command prints to and is stopped by. A test has others in their place. */
export interface Surroundings {
  readonly output: Output
  readonly interruption: () => Interruption
}

export const surroundings: Surroundings = { output: process.stdout, interruption }
