import { type OptionNames, requireObject, requireOptions } from '../arguments.js'
import { BpfError } from '../errors.js'
import { binding, type NativeInterface } from '../internal/binding.js'
import { pathOf } from '../path.js'
import { listInterfaces } from './list-interfaces.js'
import { type NetnsOptions, nativeNetns, netnsNames } from './namespace.js'
import type { NetworkInterface } from './network-interface.js'
import { unknownInterface } from './unknown-interface.js'

export { type NetnsOptions, netnsNames } from './namespace.js'

/** An interface, and the namespace it is in. */
export interface InterfaceOptions extends NetnsOptions {
  /** A name, or an index in `netns`. */
  readonly interface: string | number
}

export const interfaceNames: OptionNames<InterfaceOptions> = { ...netnsNames, interface: true }

/**
 * The interfaces of a network namespace, loopback included, in the order of their indices. Any namespace but the process's own needs
 * CAP_SYS_ADMIN.
 *
 * @throws {BpfError} ENOENT if the file does not exist, EINVAL if it is not a network namespace.
 */
export function networkInterfaces(options: NetnsOptions = {}): NetworkInterface[] {
  const socket = binding.openNetlink(nativeNetns(requireOptions(options, netnsNames)))
  try {
    return listInterfaces(socket)
  } finally {
    socket.close()
  }
}

/**
 * The index of an interface, by its name or an alternative name.
 *
 * @throws {BpfError} ENODEV if the namespace has no interface of that name; otherwise as `networkInterfaces`.
 */
export function interfaceIndex(name: string, options: NetnsOptions = {}): number {
  requireOptions(options, netnsNames)
  try {
    return longNameIndex(name, options) ?? binding.interfaceIndex(name, nativeNetns(options))
  } catch (error) {
    if (!(error instanceof BpfError && error.code === 'ENODEV')) throw error
    const all = networkInterfaces(options)
    // The kernel takes any bytes as a name; names that are not UTF-8 do not survive the conversion to JavaScript and back.
    const [found, ...others] = all.filter((each) => each.name === name)
    if (found && others.length === 0) return found.index
    const names = all.flatMap((each) => [each.name, ...each.alternativeNames])
    const where = options.netns === undefined ? '' : ` in network namespace ${pathOf(options.netns)}`
    throw unknownInterface(name, names, { operation: error.operation, where, cause: error })
  }
}

/** The interface in the form the addon takes. */
export function interfaceOf(options: InterfaceOptions): NativeInterface {
  const { interface: nameOrIndex } = requireObject(options)
  const inside = nativeNetns(options)
  return {
    ...inside,
    ifindex: typeof nameOrIndex === 'number' ? nameOrIndex : interfaceIndex(nameOrIndex, inside),
  }
}

/** The index by an alternative name that is longer than the 15 bytes that if_nametoindex(3) takes. */
function longNameIndex(name: string, options: NetnsOptions): number | undefined {
  if (typeof name !== 'string' || Buffer.byteLength(name) < 16) return undefined
  return networkInterfaces(options).find(({ alternativeNames }) => alternativeNames.includes(name))?.index
}
