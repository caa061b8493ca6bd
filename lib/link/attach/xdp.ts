import { type OptionNames, requireOptions } from '../../arguments.js'
import { type InterfaceOptions, interfaceNames, interfaceOf } from '../../net/interfaces.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import { type LinkingOptions, linkingNames, linkingOf } from './place.js'

export interface XdpOptions extends InterfaceOptions, LinkingOptions {
  /**
   * `native`: by the driver, before the packet has a buffer (ENOTSUP where it cannot). `generic`: by the network stack, on any
   * interface, slower. `hardware`: by the card. Default: native where the driver can, else generic.
   */
  readonly mode?: 'native' | 'generic' | 'hardware'
}

export const xdpNames: OptionNames<XdpOptions> = { ...interfaceNames, ...linkingNames, mode: true }

export function attachXdp(program: Attachable, options: XdpOptions): Link {
  const { mode } = requireOptions(options, xdpNames)
  const how = { ...(mode !== undefined && { mode }), ...linkingOf(options) }
  return attach(program, 'xdp', { ...interfaceOf(options), ...how })
}
