import type { Direction, HookLink, InterfacePackets } from '../../link/attach/hook-links.js'
import type { NetworkInterface } from '../../net/network-interface.js'

/** An interface of a namespace, and the programs on it. */
export interface Hook {
  /** Index of the namespace among the watcher's. */
  readonly namespace: number
  /** The kernel's latest description. */
  info: NetworkInterface
  readonly reversed: boolean
  /** The interface existed when the monitor was opened: its earlier packets do not matter, and refusing the programs is an error. */
  readonly initial: boolean
  /** The number that the programs on it write to the keys; undefined before they are attached. */
  number?: number
  /** The programs have been attached to it. */
  attached: boolean
  /** One for each direction that is watched. */
  links: HookLink[]
  /** Why there are no links. */
  refusal?: string
  /** The refusal was due to a shortage that may be over in a moment. */
  passing?: boolean
  /** The interface is gone, or is no longer selected. */
  gone: boolean
  /** The kernel's last report about it. */
  last?: NetworkInterface
  /** It is gone, and no program runs on it any more. */
  detached: boolean
  /** Somebody has detached the programs. */
  lost: boolean
  /** What it had counted before it was selected. */
  readonly before: InterfacePackets
  /** What a new interface had counted right before and right after the programs were attached. */
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
 * How many packets passed before the program was attached. The interface's counter tells this, but packets may arrive between the
 * two readings of it. The result is therefore what the interface counted until now, minus what the program has `counted`, within the two
 * readings; it is exact while no packets pass.
 */
export function missedPackets({ before, after }: FirstPackets, now: number, counted: number): number {
  return Math.max(before, Math.min(after, now - counted))
}
