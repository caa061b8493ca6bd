import { type OptionNames, requireOptions } from '../../arguments.js'
import { NotSupportedError } from '../../errors.js'
import { type InterfaceOptions, interfaceNames, interfaceOf } from '../../net/interfaces.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import { type LinkingOptions, linkingNames, linkingOf, type PlaceOptions, placeNames, placeOf } from './place.js'

export interface TcOptions extends InterfaceOptions {
  readonly direction: 'ingress' | 'egress'
}

export interface TcxOptions extends TcOptions, PlaceOptions, LinkingOptions {}

export interface ClsactOptions extends TcOptions {
  /** The filter's priority; lower runs earlier. Default: the kernel chooses. */
  readonly priority?: number
  /** Default: the kernel chooses. */
  readonly handle?: number
  /** Takes the place of the filter that has that `priority` and `handle`. Default: false, which fails with EEXIST. */
  readonly replace?: boolean
}

const tcNames: OptionNames<TcOptions> = { ...interfaceNames, direction: true }
export const tcxNames: OptionNames<TcxOptions> = { ...tcNames, ...placeNames, ...linkingNames }
const clsactNames: OptionNames<ClsactOptions> = { ...tcNames, priority: true, handle: true, replace: true }

export function attachTcx(program: Attachable, options: TcxOptions): Link {
  const { direction } = requireOptions(options, tcxNames)
  const place = { ...placeOf(options), ...linkingOf(options) }
  return attach(program, 'tcx', { ...interfaceOf(options), ...place, direction }, { feature: 'tcx' })
}

export function attachClsact(program: Attachable, given: ClsactOptions): Link {
  const { interface: _, netns: __, ...options } = requireOptions(given, clsactNames)
  return attach(program, 'clsact', { ...options, ...interfaceOf(given) })
}

export function attachTc(program: Attachable, options: TcOptions): Link {
  requireOptions(options, tcNames)
  try {
    return attachTcx(program, options)
  } catch (error) {
    if (!(error instanceof NotSupportedError)) throw error
    return attachClsact(program, options)
  }
}
