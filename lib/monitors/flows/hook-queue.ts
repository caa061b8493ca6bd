import { BpfError } from '../../errors.js'
import type { Direction, HookLinks } from '../../link/attach/hook-links.js'
import { type Hook, packetsOf } from './hook.js'
import type { FlowObjects } from './objects.js'
import type { CheckedFlowOptions } from './options.js'
import type { FlowPlaces } from './places.js'

export type HookQueueOptions = Pick<CheckedFlowOptions, 'filter'>

interface Parts {
  readonly objects: FlowObjects
  readonly places: FlowPlaces
  readonly links: HookLinks
}

/** Puts the programs on one interface after another, without keeping the event loop. */
export class HookQueue {
  readonly #parts: Parts
  readonly #options: HookQueueOptions
  readonly #onAttached: (hook: Hook) => void
  readonly #waiting = new Set<Hook>()
  #working: Promise<void> | undefined
  #closed = false

  constructor(parts: Parts, options: HookQueueOptions, onAttached: (hook: Hook) => void) {
    this.#parts = parts
    this.#options = options
    this.#onAttached = onAttached
  }

  /** Resolves when all that wait have had their turn; rejects when an interface that was there from the start refuses. */
  get done(): Promise<void> {
    return this.#working ?? Promise.resolve()
  }

  get busy(): boolean {
    return this.#working !== undefined
  }

  add(hook: Hook): void {
    this.#waiting.add(hook)
    this.#working ??= this.#work()
    // The failure is for whoever waits for `done`.
    this.#working.catch(() => {})
  }

  delete(hook: Hook): void {
    this.#waiting.delete(hook)
  }

  /** Those that wait are not attached to any more. */
  giveUp(reason: string): void {
    for (const hook of this.#waiting) hook.refusal = reason
    this.#waiting.clear()
  }

  close(): void {
    this.#closed = true
    this.#waiting.clear()
  }

  async #work(): Promise<void> {
    // `#working` is set before anything else happens.
    await undefined
    try {
      await this.#workOff()
    } finally {
      this.#working = undefined
    }
  }

  async #workOff(): Promise<void> {
    for (let [hook] = this.#waiting; hook; [hook] = this.#waiting) {
      this.#waiting.delete(hook)
      // It was added again while it had its turn.
      if (hook.gone || hook.links.length > 0) continue
      try {
        await this.#attach(hook)
        hook.attached = hook.links.length > 0
        delete hook.refusal
        delete hook.passing
        if (!hook.gone && !this.#closed) this.#onAttached(hook)
      } catch (error) {
        // What cannot be detached now is tried again with the next ones.
        await this.#parts.links.detach(hook.links.splice(0)).catch(() => {})
        if (hook.gone) continue
        // One that has gone meanwhile is reported as removed.
        const isGone = error instanceof BpfError && error.code === 'ENODEV'
        if (hook.initial && !hook.attached && !isGone) throw error
        hook.refusal = error instanceof Error ? error.message : String(error)
        hook.passing = error instanceof BpfError && passing.has(error.code)
      }
    }
  }

  async #attach(hook: Hook): Promise<void> {
    const { objects, places, links } = this.#parts
    const number = hook.number ?? (await places.settle(hook))
    for (const direction of ['ingress', 'egress'] as const) {
      if (!this.#isWanted(hook, direction)) continue
      if (this.#closed || hook.gone) return
      const program = objects.get(number).program(`flow_${direction}`)
      const where = { ...places.addressOf(hook), direction }
      const { link, before, after } = await links.attach(program, where)
      if (this.#closed || hook.gone) {
        await links.detach([link])
        return
      }
      hook.links.push(link)
      if (before && after) {
        hook.first[direction] = { before: packetsOf(direction, before), after: packetsOf(direction, after) }
      }
    }
  }

  #isWanted({ reversed }: Hook, direction: Direction): boolean {
    const wanted = this.#options.filter.direction
    return wanted === undefined || wanted === (reversed ? opposite[direction] : direction)
  }
}

const opposite = { ingress: 'egress', egress: 'ingress' } as const

/** What there may be enough of in a moment. */
const passing = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EAGAIN', 'EBUSY', 'EINTR'])
