import { requireFd, requireObject } from '../arguments.js'
import { type InterfaceOptions, interfaceOf } from '../interfaces.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'

/** A socket that the caller has, or the packets of an interface. */
export type SocketFilterOptions = { readonly fd: number } | InterfaceOptions

export function attachSocketFilter(program: Attachable, options: SocketFilterOptions): Link {
  requireObject(options)
  return attach(program, 'socket_filter', 'fd' in options ? { fd: options.fd } : interfaceOf(options), {
    name: 'socket',
  })
}

export function attachReuseport(program: Attachable, socket: { readonly fd: number }): Link {
  return attach(program, 'reuseport', { fd: requireFd(socket, 'socket') })
}
