import type { NativeNetlink } from '../internal/binding.js'
import { dump } from './dump.js'
import { messageType } from './netlink.js'
import { interfaceOfMessage, type NetworkInterface } from './network-interface.js'

/**
 * The interfaces of the socket's namespace, by index.
 *
 * @throws {BpfError} as `dump`.
 */
export function listInterfaces(socket: NativeNetlink): NetworkInterface[] {
  const request = { operation: 'list interfaces', type: messageType.getLink, payload: new Uint8Array(16) }
  return dump(socket, { ...request, read: interfaceOfMessage }).sort((a, b) => a.index - b.index)
}
