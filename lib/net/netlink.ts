import type { BpfError } from '../errors.js'
import { bpfError } from '../internal/bpf-error.js'
import { littleEndian } from '../internal/byte-order.js'

/* The messages of netlink(7), which are in the machine's byte order. */

// include/uapi/linux/netlink.h and rtnetlink.h
export const messageType = {
  error: 2,
  done: 3,
  newLink: 16,
  delLink: 17,
  getLink: 18,
  newFilter: 44,
  getFilter: 46,
  newNamespaceId: 88,
  getNamespaceId: 90,
} as const
export const messageFlag = {
  request: 0x1,
  acknowledge: 0x4,
  dumpInterrupted: 0x10,
  dump: 0x300,
} as const

const headerSize = 16
const align = (length: number) => (length + 3) & ~3

export interface NetlinkMessage {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  /** The bytes after the header. */
  readonly payload: DataView
}

/**
 * The messages of one datagram.
 *
 * @throws {BpfError} EBADMSG if a message claims to be longer than the datagram, or shorter than its own header.
 */
export function* messagesOf(datagram: Uint8Array): Generator<NetlinkMessage> {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength)
  for (let at = 0; at < view.byteLength; ) {
    if (view.byteLength - at < headerSize) throw malformed('message', view.byteLength - at)
    const length = view.getUint32(at, littleEndian)
    if (length < headerSize || length > view.byteLength - at) throw malformed('message', length)
    yield {
      type: view.getUint16(at + 4, littleEndian),
      flags: view.getUint16(at + 6, littleEndian),
      sequence: view.getUint32(at + 8, littleEndian),
      payload: part(view, at + headerSize, length - headerSize),
    }
    at += align(length)
  }
}

/**
 * The attributes from `start` on, by type. If a type occurs more than once the last one counts, as in the kernel.
 *
 * @throws {BpfError} EBADMSG as `messagesOf`.
 */
export function attributesOf(view: DataView, start = 0): Map<number, DataView> {
  return new Map(eachAttribute(view, start))
}

/** Type and value of each attribute, for a list that repeats a type. */
export function* eachAttribute(view: DataView, start = 0): Generator<[number, DataView]> {
  for (let at = start; at < view.byteLength; ) {
    if (view.byteLength - at < 4) throw malformed('attribute', view.byteLength - at)
    const length = view.getUint16(at, littleEndian)
    if (length < 4 || length > view.byteLength - at) throw malformed('attribute', length)
    // NLA_F_NESTED and NLA_F_NET_BYTEORDER are the upper two bits.
    yield [view.getUint16(at + 2, littleEndian) & 0x3fff, part(view, at + 4, length - 4)]
    at += align(length)
  }
}

/** A request with the given payload, in the form `send` takes. */
export function request(type: number, flags: number, sequence: number, payload: Uint8Array): Uint8Array {
  const message = new Uint8Array(headerSize + payload.length)
  const view = new DataView(message.buffer)
  view.setUint32(0, message.length, littleEndian)
  view.setUint16(4, type, littleEndian)
  view.setUint16(6, flags | messageFlag.request, littleEndian)
  view.setUint32(8, sequence, littleEndian)
  message.set(payload, headerSize)
  return message
}

/** Text that ends at its first NUL. */
export function textOf(view: DataView): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
  const end = bytes.indexOf(0)
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end)).toString('utf8')
}

export function malformed(what: string, length: number): BpfError {
  const operation = 'read an rtnetlink message'
  const message = `${operation}: a netlink ${what} has the invalid length ${length}`
  return bpfError('EBADMSG', operation, message)
}

const part = (view: DataView, offset: number, length: number) =>
  new DataView(view.buffer, view.byteOffset + offset, length)
