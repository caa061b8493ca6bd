import { type OptionNames, requireOptions } from '../../arguments.js'
import { type NetnsOptions, nativeNetns } from '../../net/namespace.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import type { Native } from './native.js'

/** Options of `attachNetfilter`. */
export interface NetfilterOptions extends NetnsOptions {
  /** The protocol family. */
  readonly family: 'ipv4' | 'ipv6'
  /** The netfilter hook. */
  readonly hook: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting'
  /** The priority, unique in its hook; lower runs earlier. A signed 32-bit number, except the lowest and the highest. Default: 0. */
  readonly priority?: number
  /** Reassembles fragments, so that the program sees whole packets. Needs a priority above -400, that of the reassembly. Default: false. */
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
  return attach<Native<NetfilterOptions>>(
    program,
    'netfilter',
    { ...rest, ...nativeNetns(options) },
    { feature: 'netfilter' },
  )
}
