import { requireObject } from '../arguments.js'
import { type InterfaceOptions, interfaceOf } from '../interfaces.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import { type LinkingOptions, linkingOf, type PlaceOptions, placeOf } from './place.js'

export interface NetkitOptions extends InterfaceOptions, PlaceOptions, LinkingOptions {
  /** Which of the two devices' transmissions the program sees. `interface` is the primary device for either. */
  readonly side: 'primary' | 'peer'
}

export function attachNetkit(program: Attachable, options: NetkitOptions): Link {
  const { side } = requireObject(options)
  const place = { ...placeOf(options), ...linkingOf(options) }
  return attach(program, 'netkit', { ...interfaceOf(options), ...place, side }, { feature: 'netkit' })
}
