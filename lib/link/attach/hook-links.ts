import { NotSupportedError } from '../../errors.js'
import {
  binding,
  type NativeHookAttachment,
  type NativeInterface,
  type NativeInterfacePackets,
  type NativeLink,
} from '../../internal/binding.js'
import { persist } from '../../internal/passing.js'
import { explainMissing } from '../../kernel/features.js'

export type Direction = 'ingress' | 'egress'

/** A program attached to an interface. */
export type HookLink = NativeLink

/** An interface's packet counters since it was created. */
export type InterfacePackets = NativeInterfacePackets

/** How long `close` waits for programs to be detached, in milliseconds: most monitors have few, and none may block the event loop. */
const patience = 30

/** An interface, by its index in a namespace. */
export type HookInterface = NativeInterface

export interface HookRequest extends HookInterface {
  readonly direction: Direction
}

/** Attaches programs to interfaces and detaches them, on the thread pool. */
export class HookLinks {
  #kind: 'tcx' | 'clsact'
  #fallsBack: boolean
  /** The links that could not be detached yet. */
  #stuck: HookLink[] = []

  constructor(how: 'auto' | 'tcx' | 'clsact') {
    this.#kind = how === 'clsact' ? 'clsact' : 'tcx'
    this.#fallsBack = how === 'auto'
  }

  get kind(): 'tcx' | 'clsact' {
    return this.#kind
  }

  async attach(
    program: { readonly name: string; readonly fd: number },
    where: HookRequest,
  ): Promise<NativeHookAttachment> {
    const { name, fd } = program
    for (;;) {
      const kind = this.#kind
      try {
        return await binding.attachHook(fd, { ...where, name, kind })
      } catch (error) {
        const explained = kind === 'tcx' ? explainMissing('tcx', error) : error
        if (!this.#fallsBack || !(explained instanceof NotSupportedError)) throw explained
        this.#kind = 'clsact'
      }
    }
  }

  /** The interface's packet counters; undefined if they cannot be read, for example because no descriptor is free. */
  async packets(where: () => HookInterface): Promise<InterfacePackets | undefined> {
    try {
      return await binding.interfacePackets(where())
    } catch {
      return undefined
    }
  }

  /** Closes the links immediately, and resolves when they are detached. Links that fail to detach are retried with the next call. */
  async detach(links: readonly HookLink[], wait = 0): Promise<void> {
    const all = [...this.#stuck, ...links]
    this.#stuck = []
    if (all.length === 0) return
    let errors: readonly (Error | undefined)[]
    try {
      errors = await binding.detachLinks(all, wait)
    } catch (error) {
      this.#stuck.push(...all) // out of memory: nothing was done
      throw error
    }
    this.#stuck.push(...all.filter((_, i) => errors[i] !== undefined))
    const failure = errors.find((error) => error !== undefined)
    if (failure) throw failure
  }

  /** For each list, whether all its links are still attached. With many links the result may be shorter: there is no time for the rest. */
  async stillAttached(lists: readonly (readonly HookLink[])[]): Promise<boolean[]> {
    const attached = await binding.whichAttached(lists.flat())
    let at = 0
    const held: boolean[] = []
    for (const { length } of lists) {
      if (at + length > attached.length) break
      held.push(attached.slice(at, at + length).every(Boolean))
      at += length
    }
    return held
  }

  /** Detaches the remaining links. If one still cannot be detached, a warning is emitted. */
  close(links: readonly HookLink[], wait = patience): void {
    let left = links
    persist(() => {
      const now = left
      left = [] // detach() keeps those that are stuck
      return this.detach(now, wait)
    }).catch((error: unknown) => {
      process.emitWarning(`a flow program is still attached: ${String(error)}`, 'BpfResourceWarning')
    })
  }
}
