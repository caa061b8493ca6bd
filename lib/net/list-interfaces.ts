import { getSystemErrorName } from 'node:util'
import type { BpfError } from '../errors.js'
import type { NativeNetlink } from '../internal/binding.js'
import { littleEndian } from '../internal/byte-order.js'
import { createError } from '../internal/create-error.js'
import { messageFlag, messagesOf, messageType, request } from './netlink.js'
import { interfaceOfMessage, type NetworkInterface } from './network-interface.js'

/** The kernel fills at most 32 KiB of what a dump is read into (netlink_dump); a message about one interface is 2 KiB or so. */
export const datagramSize = 65_536

/** A dump that the interfaces changed under is made again; they do not change forever. */
const maxTries = 100

/**
 * The interfaces of the socket's namespace, by index. The kernel answers a dump while it is asked and while it is read, so this
 * does not block.
 *
 * @throws {BpfError} EAGAIN when they kept changing.
 */
export function listInterfaces(socket: NativeNetlink): NetworkInterface[] {
  const buffer = new Uint8Array(datagramSize)
  for (let sequence = 1; sequence <= maxTries; sequence++) {
    socket.send(request(messageType.getLink, messageFlag.dump, sequence, new Uint8Array(16)))
    const interfaces = dump(socket, buffer)
    if (interfaces) return interfaces.sort((a, b) => a.index - b.index)
  }
  throw listError('EAGAIN', 11, `the interfaces changed during each of ${maxTries} tries`)
}

/** Undefined when it was interrupted by a change, and may lack what did not change. */
function dump(socket: NativeNetlink, buffer: Uint8Array): NetworkInterface[] | undefined {
  const interfaces: NetworkInterface[] = []
  let interrupted = false
  for (;;) {
    const bytes = socket.receive(buffer)
    if (bytes === 0) throw listError('EPROTO', 71, 'the kernel did not end its answer')
    for (const message of messagesOf(buffer.subarray(0, bytes))) {
      if ((message.flags & messageFlag.dumpInterrupted) !== 0) interrupted = true
      if (message.type === messageType.done || message.type === messageType.error) {
        const errno = message.payload.byteLength < 4 ? 0 : -message.payload.getInt32(0, littleEndian)
        if (errno !== 0) throw listError(getSystemErrorName(-errno), errno, 'the kernel refuses it')
        return interrupted ? undefined : interfaces
      }
      const found = interfaceOfMessage(message)
      if (found) interfaces.push(found)
    }
  }
}

function listError(code: string, errno: number, why: string): BpfError {
  const operation = 'list interfaces'
  return createError({ code, errno, operation, message: `${operation}: ${why}` })
}
