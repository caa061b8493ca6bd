import { type OptionNames, requireFd, requireOptions } from '../../arguments.js'
import { type InterfaceOptions, interfaceNames, interfaceOf } from '../../net/interfaces.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import type { Native } from './native.js'

/** The socket to filter, given by its descriptor, or the interface whose packets the program sees. */
export type SocketFilterOptions =
  | {
      /** The descriptor of the socket. The caller keeps it. */
      readonly fd: number
    }
  | InterfaceOptions

const socketFilterOptions: OptionNames<SocketFilterOptions> = { ...interfaceNames, fd: true }

export function attachSocketFilter(program: Attachable, options: SocketFilterOptions): Link {
  requireOptions(options, socketFilterOptions)
  const native = 'fd' in options ? { fd: options.fd } : interfaceOf(options)
  return attach<Native<SocketFilterOptions>>(program, 'socket_filter', native, { name: 'socket' })
}

export function attachReuseport(program: Attachable, socket: { readonly fd: number }): Link {
  return attach<{ fd: number }>(program, 'reuseport', { fd: requireFd(socket, 'socket') })
}
