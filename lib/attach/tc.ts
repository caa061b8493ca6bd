import { NotSupportedError } from '../errors.js'
import { type InterfaceOptions, indexOf } from '../interfaces.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'

export interface TcOptions extends InterfaceOptions {
  readonly direction: 'ingress' | 'egress'
}

export interface TcxOptions extends TcOptions {
  /** Before or after every program that is already there. Default: `last`. */
  readonly anchor?: 'first' | 'last'
}

export interface ClsactOptions extends TcOptions {
  /** The filter's priority; lower runs earlier. Default: the kernel chooses. */
  readonly priority?: number
  /** Default: the kernel chooses. */
  readonly handle?: number
}

export function attachTcx(program: Attachable, { interface: name, ...options }: TcxOptions): Link {
  return attach(program, 'tcx', { ...options, ifindex: indexOf(name, options) }, { feature: 'tcx' })
}

export function attachClsact(program: Attachable, { interface: name, ...options }: ClsactOptions): Link {
  return attach(program, 'clsact', { ...options, ifindex: indexOf(name, options) })
}

export function attachTc(program: Attachable, options: TcOptions): Link {
  try {
    return attachTcx(program, options)
  } catch (error) {
    if (!(error instanceof NotSupportedError)) throw error
    return attachClsact(program, options)
  }
}
