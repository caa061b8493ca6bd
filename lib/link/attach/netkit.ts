import { type OptionNames, requireOptions } from '../../arguments.js'
import { type InterfaceOptions, interfaceNames, interfaceOf } from '../../net/interfaces.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import type { Native } from './native.js'
import { type LinkOptions, linkNames, nativeLink, nativeOrder, type OrderOptions, orderNames } from './order.js'

/** Options of `attachNetkit`. */
export interface NetkitOptions extends InterfaceOptions, OrderOptions, LinkOptions {
  /** The device whose transmissions the program sees. `interface` is the primary device in both cases. */
  readonly side: 'primary' | 'peer'
}

const netkitOptions: OptionNames<NetkitOptions> = { ...interfaceNames, ...orderNames, ...linkNames, side: true }

export function attachNetkit(program: Attachable, options: NetkitOptions): Link {
  const { side } = requireOptions(options, netkitOptions)
  const native = { ...interfaceOf(options), ...nativeOrder(options), ...nativeLink(options), side }
  return attach<Native<NetkitOptions>>(program, 'netkit', native, { feature: 'netkit' })
}
