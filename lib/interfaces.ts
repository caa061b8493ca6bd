import { type OptionNames, requireObject, requireOptions } from './arguments.js'
import { BpfError } from './errors.js'
import type { NativeInterface } from './internal/attach-options.js'
import { binding } from './internal/binding.js'
import { listInterfaces } from './net/list-interfaces.js'
import { type NetnsOptions, netnsNames } from './net/namespace.js'
import type { NetworkInterface } from './net/network-interface.js'
import { noInterface } from './net/no-interface.js'
import { printable } from './printable.js'

export { type NetnsOptions, netnsNames } from './net/namespace.js'

export interface InterfaceOptions extends NetnsOptions {
  /** A name, or an index in `netns`. */
  readonly interface: string | number
}

export const interfaceNames: OptionNames<InterfaceOptions> = { ...netnsNames, interface: true }

/**
 * The interfaces of a network namespace, loopback included, in the order of their indices. Another namespace than one's own
 * needs CAP_SYS_ADMIN.
 *
 * @throws {BpfError} ENOENT when there is no such file, EINVAL when it is no network namespace.
 */
export function networkInterfaces(options: NetnsOptions = {}): NetworkInterface[] {
  const socket = binding.openNetlink(requireOptions(options, netnsNames))
  try {
    return listInterfaces(socket)
  } finally {
    socket.close()
  }
}

/**
 * The index of an interface by its name or an alternative name.
 *
 * @throws {BpfError} ENODEV when the namespace has no interface of that name; as `networkInterfaces`.
 */
export function interfaceIndex(name: string, options: NetnsOptions = {}): number {
  requireOptions(options, netnsNames)
  try {
    return longNameIndex(name, options) ?? binding.interfaceIndex(name, options)
  } catch (error) {
    throw error instanceof BpfError && error.code === 'ENODEV' ? unknownInterface(error, name, options) : error
  }
}

function unknownInterface(cause: BpfError, name: string, options: NetnsOptions): BpfError {
  const { code, errno, operation } = cause
  const names = networkInterfaces(options).flatMap((each) => [each.name, ...each.alternativeNames])
  const where = options.netns === undefined ? '' : ` in network namespace ${printable(options.netns)}`
  const message = `${operation}: ${code}: ${noInterface(name, names, where)}`
  return new BpfError({ code, errno, operation, message, cause })
}

/** As the addon takes it. */
export function interfaceOf(options: InterfaceOptions): NativeInterface {
  const { interface: nameOrIndex, netns } = requireObject(options)
  const inside = netns === undefined ? {} : { netns }
  return {
    ...inside,
    ifindex: typeof nameOrIndex === 'number' ? nameOrIndex : interfaceIndex(nameOrIndex, inside),
  }
}

/** Of an alternative name that is longer than the 15 bytes that if_nametoindex(3) takes. */
function longNameIndex(name: string, options: NetnsOptions): number | undefined {
  if (typeof name !== 'string' || Buffer.byteLength(name) < 16) return undefined
  return networkInterfaces(options).find(({ alternativeNames }) => alternativeNames.includes(name))?.index
}
