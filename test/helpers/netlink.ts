import type { NativeNetlink } from '../../lib/internal/binding.js'
import { littleEndian } from '../../lib/internal/byte-order.js'
import { messageType, request } from '../../lib/net/netlink.js'

/** An attribute of rtnetlink(7), padded to 4 bytes. */
export function attribute(type: number, ...parts: Uint8Array[]): Uint8Array {
  const value = Buffer.concat(parts)
  const bytes = new Uint8Array((4 + value.length + 3) & ~3)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, 4 + value.length, littleEndian)
  view.setUint16(2, type, littleEndian)
  bytes.set(value, 4)
  return bytes
}

export const text = (value: string) => Buffer.from(`${value}\0`)
export const word = (value: number) => new Uint8Array(new Int32Array([value]).buffer)
/** NLA_F_NESTED */
export const nested = 0x8000

/** An RTM_NEWLINK, with the flags IFF_UP and IFF_RUNNING. */
export function link(index: number, attributes: Uint8Array[], { family = 0, flags = 0 } = {}): Uint8Array {
  const header = new Uint8Array(16)
  const view = new DataView(header.buffer)
  view.setUint8(0, family)
  view.setUint16(2, 1, littleEndian)
  view.setInt32(4, index, littleEndian)
  view.setUint32(8, 0x41, littleEndian)
  return request(messageType.newLink, flags, 9, Buffer.concat([header, ...attributes]))
}

/** The end of a list, NLMSG_DONE, with an errno. */
export const done = (errno = 0, flags = 0) => request(messageType.done, flags, 0, word(-errno))

/** A socket that answers each request with the next of `answers`, and returns its datagrams one by one. */
export function socketOf(answers: (attempt: number) => readonly Uint8Array[]) {
  const requests: DataView[] = []
  let datagrams: Uint8Array[] = []
  const socket: Pick<NativeNetlink, 'send' | 'receive'> = {
    send(message) {
      requests.push(new DataView(message.slice().buffer))
      datagrams = [...answers(requests.length)]
    },
    receive(to) {
      const datagram = datagrams.shift() ?? new Uint8Array()
      to.set(datagram)
      return datagram.length
    },
  }
  return { socket: socket as NativeNetlink, requests }
}
