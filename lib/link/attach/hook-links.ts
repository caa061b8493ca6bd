import { NotSupportedError } from '../../errors.js'
import type { NativeNetns } from '../../internal/attach-options.js'
import {
  binding,
  type NativeHookAttachment,
  type NativeInterfacePackets,
  type NativeLink,
} from '../../internal/binding.js'
import { persist } from '../../internal/passing.js'
import { requiring } from '../../kernel/features.js'

export type Direction = 'ingress' | 'egress'

/** A program on an interface. */
export type HookLink = NativeLink

/** What an interface has counted since it was made. */
export type InterfacePackets = NativeInterfacePackets

/** How long `close` waits for the programs to be off, in milliseconds: most monitors have few, and none may stop the event loop. */
const patience = 30

export interface HookRequest extends NativeNetns {
  readonly ifindex: number
  readonly direction: Direction
}

/** Puts programs on interfaces and takes them off, on the thread pool. */
export class HookLinks {
  #kind: 'tcx' | 'clsact'
  #fallsBack: boolean
  /** Could not be detached yet. */
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
        const explained = kind === 'tcx' ? explain(error) : error
        if (!this.#fallsBack || !(explained instanceof NotSupportedError)) throw explained
        this.#kind = 'clsact'
      }
    }
  }

  /** What the interface has counted; undefined when nobody can say, as for want of a descriptor. */
  async packets(where: () => NativeNetns & { readonly ifindex: number }): Promise<InterfacePackets | undefined> {
    try {
      return await binding.interfacePackets(where())
    } catch {
      return undefined
    }
  }

  /** Closes the links at once, and resolves when they are off. What cannot be detached now is tried again with the next ones. */
  async detach(links: readonly HookLink[], wait = 0): Promise<void> {
    const all = [...this.#stuck, ...links]
    this.#stuck = []
    if (all.length === 0) return
    let errors: readonly (Error | undefined)[]
    try {
      errors = await binding.detachLinks(all, wait)
    } catch (error) {
      this.#stuck.push(...all) // for want of memory nothing was done
      throw error
    }
    this.#stuck.push(...all.filter((_, i) => errors[i] !== undefined))
    const failure = errors.find((error) => error !== undefined)
    if (failure) throw failure
  }

  /** Of the first of these lists of links whether all of each are still attached; of more than few there may be no time for the rest. */
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

  /** Detaches the last ones. What cannot be detached even now is a warning. */
  close(links: readonly HookLink[], wait = patience): void {
    let left = links
    persist(() => {
      const now = left
      left = [] // those that are stuck are known
      return this.detach(now, wait)
    }).catch((error: unknown) => {
      process.emitWarning(`a flow program is still attached: ${String(error)}`, 'BpfResourceWarning')
    })
  }
}

function explain(error: unknown): unknown {
  try {
    return requiring('tcx', () => {
      throw error
    })
  } catch (explained) {
    return explained
  }
}
