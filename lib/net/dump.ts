import { getSystemErrorName } from 'node:util'
import type { BpfError } from '../errors.js'
import type { NativeNetlink } from '../internal/binding.js'
import { littleEndian } from '../internal/byte-order.js'
import { createError } from '../internal/create-error.js'
import { messageFlag, messagesOf, messageType, type NetlinkMessage, request } from './netlink.js'

/** The kernel puts at most 32 KiB into one datagram of a dump (netlink_dump); a message about one interface is about 2 KiB. */
export const datagramSize = 65_536

/** A dump is repeated if the list changed in the meantime. The list does not change forever. */
const maxTries = 100

/** The request, as a message of rtnetlink(7), and how to read each message of the answer; `read` returns undefined to leave it out. */
export interface Dump<T> {
  readonly operation: string
  readonly type: number
  /** Default: a dump. A request for a single object must ask for an acknowledgement. */
  readonly flags?: number
  readonly payload: Uint8Array
  readonly read: (message: NetlinkMessage) => T | undefined
}

/**
 * The complete list from the kernel. The kernel answers a dump during the request and during the reads, so this does not block.
 *
 * @throws {BpfError} EAGAIN if the list kept changing, EPROTO if the answer does not end, or the kernel's error if it refuses the request.
 */
export function dump<T>(socket: NativeNetlink, what: Dump<T>): T[] {
  const buffer = new Uint8Array(datagramSize)
  for (let sequence = 1; sequence <= maxTries; sequence++) {
    socket.send(request(what.type, what.flags ?? messageFlag.dump, sequence, what.payload))
    const answer = readAnswer(socket, buffer, what)
    if (answer) return answer
  }
  throw dumpError(what, 'EAGAIN', 11, `it changed during each of ${maxTries} tries`)
}

/** Undefined if a change interrupted the dump: the answer may then lack unchanged entries. */
function readAnswer<T>(socket: NativeNetlink, buffer: Uint8Array, what: Dump<T>): T[] | undefined {
  const list: T[] = []
  let interrupted = false
  for (;;) {
    const bytes = socket.receive(buffer)
    if (bytes === 0) throw dumpError(what, 'EPROTO', 71, 'the kernel did not end its answer')
    for (const message of messagesOf(buffer.subarray(0, bytes))) {
      if ((message.flags & messageFlag.dumpInterrupted) !== 0) interrupted = true
      if (message.type === messageType.done || message.type === messageType.error) {
        const errno = message.payload.byteLength < 4 ? 0 : -message.payload.getInt32(0, littleEndian)
        if (errno !== 0) throw dumpError(what, getSystemErrorName(-errno), errno, 'the kernel rejected the request')
        return interrupted ? undefined : list
      }
      const found = what.read(message)
      if (found !== undefined) list.push(found)
    }
  }
}

function dumpError({ operation }: Dump<unknown>, code: string, errno: number, why: string): BpfError {
  return createError({ code, errno, operation, message: `${operation}: ${why}` })
}
