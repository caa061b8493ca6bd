import { requireOptions } from '../../arguments.js'
import { type NetnsOptions, nativeNetns, netnsNames } from '../../net/namespace.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import type { Native } from './native.js'

export function attachNetns(program: Attachable, options: NetnsOptions): Link {
  return attach<Native<NetnsOptions>>(program, 'netns', nativeNetns(requireOptions(options, netnsNames)))
}
