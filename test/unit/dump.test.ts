import test from 'ava'
import { BpfError } from '../../lib/errors.js'
import type { NativeNetlink } from '../../lib/internal/binding.js'
import { littleEndian } from '../../lib/internal/byte-order.js'
import { dump } from '../../lib/net/dump.js'
import { messageFlag, messageType, request } from '../../lib/net/netlink.js'

const word = (value: number) => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setInt32(0, value, littleEndian)
  return bytes
}

const item = (value: number, flags = 0) => request(messageType.newLink, flags, 0, word(value))
const done = (errno = 0, flags = 0) => request(messageType.done, flags, 0, word(-errno))

/** A socket that answers each request with the next of `answers`, whose datagrams it hands out one by one. */
function socketOf(answers: (attempt: number) => readonly Uint8Array[]) {
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

const numbers = (socket: NativeNetlink) =>
  dump(socket, {
    operation: 'list numbers',
    type: messageType.getLink,
    payload: word(7),
    read: ({ payload }) => payload.getInt32(0, littleEndian) || undefined,
  })

test('a list is asked for once, and read to the end of its last datagram, without what is left out', (t) => {
  const { socket, requests } = socketOf(() => [Buffer.concat([item(1), item(0)]), item(2), done()])
  t.deepEqual(numbers(socket), [1, 2])
  t.is(requests.length, 1)
  const [asked = new DataView(new ArrayBuffer(0))] = requests
  // struct nlmsghdr: RTM_GETLINK with NLM_F_REQUEST | NLM_F_ROOT | NLM_F_MATCH
  t.deepEqual(
    [asked.getUint32(0, littleEndian), asked.getUint16(4, littleEndian), asked.getUint16(6, littleEndian)],
    [20, 18, 0x301],
  )
  t.is(asked.getInt32(16, littleEndian), 7)
})

test('a list that changed while it was read is asked for again, and the whole one is returned', (t) => {
  const interrupted = [
    [item(1, messageFlag.dumpInterrupted), item(2), done()],
    [item(1), done(0, messageFlag.dumpInterrupted)],
    [Buffer.concat([item(1), item(2)]), item(3), done()],
  ]
  const { socket, requests } = socketOf((attempt) => interrupted[attempt - 1] ?? [])
  t.deepEqual(numbers(socket), [1, 2, 3])
  t.is(requests.length, 3)
  t.is(new Set(requests.map((asked) => asked.getUint32(8, littleEndian))).size, 3)
})

test('a list that changes for ever is EAGAIN after a hundred requests', (t) => {
  const { socket, requests } = socketOf(() => [item(1), done(0, messageFlag.dumpInterrupted)])
  t.throws(() => numbers(socket), { instanceOf: BpfError, code: 'EAGAIN', message: /^list numbers: .*100 tries/ })
  t.is(requests.length, 100)
})

test('a refusal at the beginning and one at the end have the kernel’s errno', (t) => {
  const refusal = request(messageType.error, 0, 0, Buffer.concat([word(-19), new Uint8Array(16)]))
  for (const answer of [[refusal], [item(1), done(19)]]) {
    t.throws(() => numbers(socketOf(() => answer).socket), {
      instanceOf: BpfError,
      code: 'ENODEV',
      message: /^list numbers: the kernel refuses/,
    })
  }
})

test('an answer without an end is EPROTO, and never taken for a whole list', (t) => {
  t.throws(() => numbers(socketOf(() => [item(1)]).socket), { instanceOf: BpfError, code: 'EPROTO', message: /list/ })
})
