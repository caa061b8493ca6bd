import { requireOptions } from '../arguments.js'
import { type NetnsOptions, netnsNames } from '../interfaces.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'

export function attachNetns(program: Attachable, options: NetnsOptions): Link {
  return attach(program, 'netns', requireOptions(options, netnsNames))
}
