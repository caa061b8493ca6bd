import test from 'ava'
import { BpfError } from '../../lib/errors.js'
import type { NativeNetlink } from '../../lib/internal/binding.js'
import { littleEndian } from '../../lib/internal/byte-order.js'
import { dump } from '../../lib/net/dump.js'
import { listFilters } from '../../lib/net/list-filters.js'
import { listInterfaces } from '../../lib/net/list-interfaces.js'
import { messageFlag, messageType, request } from '../../lib/net/netlink.js'
import { attribute, done, link, nested, socketOf, text, word } from '../helpers/netlink.js'

const item = (value: number, flags = 0) => request(messageType.newLink, flags, 0, word(value))
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
      message: /^list numbers: the kernel rejected/,
    })
  }
})

test('an answer without an end is EPROTO, and never taken for a whole list', (t) => {
  t.throws(() => numbers(socketOf(() => [item(1)]).socket), { instanceOf: BpfError, code: 'EPROTO', message: /list/ })
})

test('interfaces are in the order of their indices, whatever the kernel’s is', (t) => {
  const named = (index: number) => link(index, [attribute(3, text(`i${index}`))])
  const { socket, requests } = socketOf(() => [Buffer.concat([named(10), named(2)]), named(9), done()])
  t.deepEqual(
    listInterfaces(socket).map(({ name }) => name),
    ['i2', 'i9', 'i10'],
  )
  t.is(requests[0]?.getUint16(4, littleEndian), 18)
})

/** An RTM_NEWTFILTER of linux/rtnetlink.h: struct tcmsg, TCA_KIND, and what is given in TCA_OPTIONS. */
function filter(kind: string, priority: number, handle: number, ...options: Uint8Array[]): Uint8Array {
  const header = Buffer.concat([word(0), word(5), word(handle), word(0), word((priority << 16) | 8)])
  const attributes = [attribute(1, text(kind)), ...(options.length > 0 ? [attribute(2 | nested, ...options)] : [])]
  return request(44, 0, 0, Buffer.concat([header, ...attributes]))
}

test('filters of clsact are asked for by their side, and those of other kinds have no program', (t) => {
  // TCA_BPF_ID is 11, and so is u32's TCA_U32_FLAGS.
  const id = (value: number) => attribute(11, word(value))
  const { socket, requests } = socketOf(() => [
    Buffer.concat([filter('bpf', 0xfffe, 0), filter('bpf', 0xfffe, 3, id(70)), filter('u32', 2, 4, id(71))]),
    Buffer.concat([
      filter('bpf', 1, 0x8000_0001 | 0, attribute(3, word(9)), id(72)),
      filter('bpf', 1, 6, attribute(3)),
    ]),
    done(),
  ])
  const found = [
    { id: 70, priority: 0xfffe, handle: 3 },
    { id: 72, priority: 1, handle: 0x8000_0001 },
  ]
  t.deepEqual(listFilters(socket, 5, 'ingress'), found)
  t.deepEqual(listFilters(socket, 5, 'egress'), found)
  // RTM_GETTFILTER with the interface and the parent, TC_H_CLSACT with TC_H_MIN_INGRESS or TC_H_MIN_EGRESS
  const asked = (request?: DataView) => [4, 20, 28].map((at) => request?.getUint32(at, littleEndian))
  t.deepEqual(requests.map(asked), [
    [(0x301 << 16) | 46, 5, 0xffff_fff2],
    [(0x301 << 16) | 46, 5, 0xffff_fff3],
  ])
})
