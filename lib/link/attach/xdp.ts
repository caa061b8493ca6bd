import { type OptionNames, requireOptions } from '../../arguments.js'
import { type InterfaceOptions, interfaceNames, interfaceOf } from '../../net/interfaces.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import { type LinkingOptions, linkingNames, linkingOf } from './place.js'

/** Options of `attachXdp`. */
export interface XdpOptions extends InterfaceOptions, LinkingOptions {
  /**
   * Where the program runs. `native`: in the driver, before the packet has a buffer (ENOTSUP if the driver cannot). `generic`: in the
   * network stack, on any interface, but slower. `hardware`: on the card. Default: native if the driver can, otherwise generic.
   */
  readonly mode?: 'native' | 'generic' | 'hardware'
}

export const xdpNames: OptionNames<XdpOptions> = { ...interfaceNames, ...linkingNames, mode: true }

export function attachXdp(program: Attachable, options: XdpOptions): Link {
  const { mode } = requireOptions(options, xdpNames)
  const how = { ...(mode !== undefined && { mode }), ...linkingOf(options) }
  return attach(program, 'xdp', { ...interfaceOf(options), ...how })
}
