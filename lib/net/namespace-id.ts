import { closeSync } from 'node:fs'
import type { NativeNetlink } from '../internal/binding.js'
import { littleEndian } from '../internal/byte-order.js'
import { dump } from './dump.js'
import { openNamespace } from './namespace.js'
import { attributesOf, messageFlag, messageType, type NetlinkMessage } from './netlink.js'

// struct rtgenmsg is a byte, padded; linux/net_namespace.h
const headerSize = 4
const attribute = { id: 1, fd: 3 } as const

/** The id that the socket's namespace has for the namespace of that file; undefined if it has none (ip-netns(8), `list-id`). */
export function namespaceId(socket: NativeNetlink, file: string): number | undefined {
  const fd = openNamespace(file)
  try {
    const payload = new Uint8Array(headerSize + 8)
    const view = new DataView(payload.buffer)
    view.setUint16(headerSize, 8, littleEndian)
    view.setUint16(headerSize + 2, attribute.fd, littleEndian)
    view.setUint32(headerSize + 4, fd, littleEndian)
    const flags = messageFlag.acknowledge
    const what = { operation: 'query the id of a network namespace', type: messageType.getNamespaceId, flags, payload }
    return dump(socket, { ...what, read: idOf })[0]
  } finally {
    closeSync(fd)
  }
}

function idOf({ type, payload }: NetlinkMessage): number | undefined {
  if (type !== messageType.newNamespaceId || payload.byteLength < headerSize) return undefined
  const id = attributesOf(payload, headerSize).get(attribute.id)
  const value = id && id.byteLength >= 4 ? id.getInt32(0, littleEndian) : -1
  return value < 0 ? undefined : value
}
