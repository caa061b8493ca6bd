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

/** Attaches the programs to one interface after another, without blocking the event loop. */
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

  /** Resolves when everything in the queue has had its turn; rejects if an interface that existed from the start refuses the programs. */
  get done(): Promise<void> {
    return this.#working ?? Promise.resolve()
  }

  get busy(): boolean {
    return this.#working !== undefined
  }

  add(hook: Hook): void {
    this.#waiting.add(hook)
    this.#working ??= this.#work()
    // The failure is handled by whoever awaits `done`.
    this.#working.catch(() => {})
  }

  delete(hook: Hook): void {
    this.#waiting.delete(hook)
  }

  /** No longer attaches to the interfaces that are waiting. */
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
      // It was added again during its turn.
      if (hook.gone || hook.links.length > 0) continue
      try {
        await this.#attach(hook)
        hook.attached = hook.links.length > 0
        delete hook.refusal
        delete hook.passing
        if (!hook.gone && !this.#closed) this.#onAttached(hook)
      } catch (error) {
        // Whatever cannot be detached now is retried with the next ones.
        await this.#parts.links.detach(hook.links.splice(0)).catch(() => {})
        if (hook.gone) continue
        // An interface that is gone by now is reported as removed.
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

/** Shortages that may be over in a moment. */
const passing = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EAGAIN', 'EBUSY', 'EINTR'])
