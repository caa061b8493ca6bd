import { type OptionNames, requireOptions } from '../../arguments.js'
import { type NetnsOptions, nativeNetns } from '../../net/namespace.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'

export interface NetfilterOptions extends NetnsOptions {
  readonly family: 'ipv4' | 'ipv6'
  readonly hook: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting'
  /** Lower runs earlier; neither the lowest nor the highest of 32 bits, and unique in its hook. Default: 0. */
  readonly priority?: number
  /** Shows the program whole packets; needs a priority above -400, where fragments are put together. Default: false. */
  readonly defragment?: boolean
}

const netfilterOptions: OptionNames<NetfilterOptions> = {
  netns: true,
  family: true,
  hook: true,
  priority: true,
  defragment: true,
}

export function attachNetfilter(program: Attachable, options: NetfilterOptions): Link {
  const { netns, ...rest } = requireOptions(options, netfilterOptions)
  return attach(program, 'netfilter', { ...rest, ...nativeNetns(options) }, { feature: 'netfilter' })
}
