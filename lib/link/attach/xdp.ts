import { type OptionNames, requireOptions } from '../../arguments.js'
import { defined } from '../../defined.js'
import { type InterfaceOptions, interfaceNames, interfaceOf } from '../../net/interfaces.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import type { Native } from './native.js'
import { type LinkOptions, linkNames, nativeLink } from './order.js'

/** Options of `attachXdp`. */
export interface XdpOptions extends InterfaceOptions, LinkOptions {
  /**
   * Where the program runs. `native`: in the driver, before the packet has a buffer (ENOTSUP if the driver cannot). `generic`: in the
   * network stack, on any interface, but slower. `hardware`: on the card. Default: native if the driver can, otherwise generic.
   */
  readonly mode?: 'native' | 'generic' | 'hardware'
}

export const xdpNames: OptionNames<XdpOptions> = { ...interfaceNames, ...linkNames, mode: true }

export function attachXdp(program: Attachable, options: XdpOptions): Link {
  const { mode } = requireOptions(options, xdpNames)
  const native = { ...interfaceOf(options), ...nativeLink(options), ...defined({ mode }) }
  return attach<Native<XdpOptions>>(program, 'xdp', native)
}
