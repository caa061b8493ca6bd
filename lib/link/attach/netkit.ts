import { type OptionNames, requireOptions } from '../../arguments.js'
import { type InterfaceOptions, interfaceNames, interfaceOf } from '../../net/interfaces.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import { type LinkingOptions, linkingNames, linkingOf, type PlaceOptions, placeNames, placeOf } from './place.js'

/** Options of `attachNetkit`. */
export interface NetkitOptions extends InterfaceOptions, PlaceOptions, LinkingOptions {
  /** The device whose transmissions the program sees. `interface` is the primary device in both cases. */
  readonly side: 'primary' | 'peer'
}

const netkitOptions: OptionNames<NetkitOptions> = { ...interfaceNames, ...placeNames, ...linkingNames, side: true }

export function attachNetkit(program: Attachable, options: NetkitOptions): Link {
  const { side } = requireOptions(options, netkitOptions)
  const place = { ...placeOf(options), ...linkingOf(options) }
  return attach(program, 'netkit', { ...interfaceOf(options), ...place, side }, { feature: 'netkit' })
}
