import type { Direction, HookLink, InterfacePackets } from '../../link/attach/hook-links.js'
import type { NetworkInterface } from '../../net/network-interface.js'

/** An interface of a namespace, and the programs on it. */
export interface Hook {
  /** Index of the namespace among the watcher's. */
  readonly namespace: number
  /** As the kernel described it last. */
  info: NetworkInterface
  readonly reversed: boolean
  /** It was there when the monitor was opened: what it carried before does not matter, and what refuses the programs is an error. */
  readonly initial: boolean
  /** That the programs on it write to the keys; undefined before they are attached. */
  number?: number
  /** The programs have been on it. */
  attached: boolean
  /** One for each direction that is watched. */
  links: HookLink[]
  /** Why there are none. */
  refusal?: string
  /** The refusal was for want of something that there may be in a moment. */
  passing?: boolean
  /** The interface is gone, or is not meant any more. */
  gone: boolean
  /** What the kernel said of it then. */
  last?: NetworkInterface
  /** It is gone, and no program runs on it any more. */
  detached: boolean
  /** Somebody has taken the programs off. */
  lost: boolean
  /** What it had counted before it was meant. */
  readonly before: InterfacePackets
  /** What a new interface had counted right before the programs were on it, and right after. */
  first: Partial<Record<Direction, FirstPackets>>
}

export interface FirstPackets {
  readonly before: number
  readonly after: number
}

/** How many of an interface's packets a program of that direction sees. */
export const packetsOf = (direction: Direction, { received, sent }: InterfacePackets): number =>
  direction === 'ingress' ? received : sent

/**
 * How many packets passed before the program was there. The interface's counter tells it, but between two looks at it packets may
 * come: of what it has counted by now the program has not `counted` the rest, which is exact while nothing passes.
 */
export function missedPackets({ before, after }: FirstPackets, now: number, counted: number): number {
  return Math.max(before, Math.min(after, now - counted))
}
