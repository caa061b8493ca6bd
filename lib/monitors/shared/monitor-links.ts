import type { Closable } from '../../internal/lifetime.js'
import { LoopTurns } from '../../internal/loop-turns.js'
import { persist } from '../../internal/passing.js'
import { Link } from '../../link/link.js'
import type { Program } from '../../program/program.js'

/** How long `close` waits for the programs to be off, in milliseconds. */
const patience = 30

/**
 * The links of a monitor's tracing programs. When the last program of a tracepoint is detached, the kernel waits for a grace period of
 * about 15 ms, so that happens on the thread pool.
 */
export class MonitorLinks implements Closable {
  readonly #links: Link[] = []
  #detaching: Promise<void> | undefined

  /** Attaches one after the other, yielding to the event loop: there may be a dozen. */
  async attach(programs: Iterable<Program>): Promise<void> {
    const turns = new LoopTurns()
    for (const program of programs) {
      this.#links.push(program.attach())
      if (turns.over) await turns.take()
    }
  }

  /** Resolves when no program runs for new events any more. */
  detach(): Promise<void> {
    return this.#detach(0)
  }

  /** As `detach`, but waits only a moment. If it takes longer, it continues in the background: the process does not end before. */
  close(): void {
    persist(() => this.#detach(patience)).catch((error: unknown) => {
      process.emitWarning(`a monitor's program is still attached: ${String(error)}`, 'BpfResourceWarning')
    })
  }

  #detach(wait: number): Promise<void> {
    this.#detaching ??= Link.detachAll(this.#links, wait).catch((error: unknown) => {
      this.#detaching = undefined // what is still attached can be detached by another call
      throw error
    })
    return this.#detaching
  }
}
