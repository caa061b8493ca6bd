import { requireObject } from '../arguments.js'
import { type InterfaceOptions, interfaceOf } from '../interfaces.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import { type LinkingOptions, linkingOf } from './place.js'

export interface XdpOptions extends InterfaceOptions, LinkingOptions {
  /**
   * `native`: by the driver, before the packet has a buffer (ENOTSUP where it cannot). `generic`: by the network stack, on any
   * interface, slower. `hardware`: by the card. Default: native where the driver can, else generic.
   */
  readonly mode?: 'native' | 'generic' | 'hardware'
}

export function attachXdp(program: Attachable, options: XdpOptions): Link {
  const { mode } = requireObject(options)
  const how = { ...(mode !== undefined && { mode }), ...linkingOf(options) }
  return attach(program, 'xdp', { ...interfaceOf(options), ...how })
}
