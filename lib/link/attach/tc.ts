import { type OptionNames, requireOptions } from '../../arguments.js'
import { NotSupportedError } from '../../errors.js'
import { type InterfaceOptions, interfaceNames, interfaceOf } from '../../net/interfaces.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import type { Native } from './native.js'
import { type LinkOptions, linkNames, nativeLink, nativeOrder, type OrderOptions, orderNames } from './order.js'

/** Options of `attachTc`. */
export interface TcOptions extends InterfaceOptions {
  /** Whether the program sees incoming packets (`ingress`) or outgoing ones (`egress`). */
  readonly direction: 'ingress' | 'egress'
}

/** Options of `attachTcx`. */
export interface TcxOptions extends TcOptions, OrderOptions, LinkOptions {}

/** Options of `attachClsact`. */
export interface ClsactOptions extends TcOptions {
  /** The priority of the filter; lower runs earlier. Default: the kernel chooses. */
  readonly priority?: number
  /** The handle of the filter, which identifies it within its priority. Default: the kernel chooses. */
  readonly handle?: number
  /** Replaces an existing filter with the same `priority` and `handle`. Default: false, which fails with EEXIST. */
  readonly replace?: boolean
}

const tcNames: OptionNames<TcOptions> = { ...interfaceNames, direction: true }
export const tcxNames: OptionNames<TcxOptions> = { ...tcNames, ...orderNames, ...linkNames }
const clsactNames: OptionNames<ClsactOptions> = { ...tcNames, priority: true, handle: true, replace: true }

export function attachTcx(program: Attachable, options: TcxOptions): Link {
  const { direction } = requireOptions(options, tcxNames)
  const native = { ...interfaceOf(options), ...nativeOrder(options), ...nativeLink(options), direction }
  return attach<Native<TcxOptions>>(program, 'tcx', native, { feature: 'tcx' })
}

export function attachClsact(program: Attachable, given: ClsactOptions): Link {
  const { interface: _, netns: __, ...options } = requireOptions(given, clsactNames)
  return attach<Native<ClsactOptions>>(program, 'clsact', { ...options, ...interfaceOf(given) })
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
