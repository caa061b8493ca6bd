import { requireObject } from './arguments.js'
import type { NativeInterface } from './internal/attach-options.js'
import { binding } from './internal/binding.js'

export interface NetworkInterface {
  readonly name: string
  /** `ifindex`: unique in its namespace only. */
  readonly index: number
}

export interface NetnsOptions {
  /** The network namespace's file, `/run/netns/NAME` or `/proc/PID/ns/net`. Default: the process's own. */
  readonly netns?: string
}

export interface InterfaceOptions extends NetnsOptions {
  /** A name, or an index in `netns`. */
  readonly interface: string | number
}

/** The interfaces of a network namespace, loopback included. Another namespace than one's own needs CAP_SYS_ADMIN. */
export function networkInterfaces(options: NetnsOptions = {}): NetworkInterface[] {
  return binding.interfaces(requireObject(options))
}

/** @throws {BpfError} ENODEV when the namespace has no interface of that name. */
export function interfaceIndex(name: string, options: NetnsOptions = {}): number {
  return binding.interfaceIndex(name, options)
}

/** @internal As the addon takes it. */
export function interfaceOf(options: InterfaceOptions): NativeInterface {
  const { interface: nameOrIndex, netns } = requireObject(options)
  const inside = netns === undefined ? {} : { netns }
  return {
    ...inside,
    ifindex: typeof nameOrIndex === 'number' ? nameOrIndex : interfaceIndex(nameOrIndex, inside),
  }
}
