import test from 'ava'
import { BpfError } from '../../lib/errors.js'
import { attributesOf, messagesOf } from '../../lib/net/netlink.js'
import { interfaceOfMessage } from '../../lib/net/network-interface.js'
import { attribute, link, nested, text, word } from '../helpers/netlink.js'
import { Random, seedOfRun } from '../helpers/random.js'

const veth = link(7, [
  attribute(3, text('veth0')),
  attribute(4, word(1400)),
  attribute(5, word(8)),
  attribute(37, word(0)),
  attribute(10, word(3)),
  attribute(1, Uint8Array.of(2, 0x42, 0xac, 0x11, 0, 2)),
  attribute(18 | nested, attribute(1, text('veth'))),
  attribute(52 | nested, attribute(53, text('first')), attribute(53, text('second'))),
  attribute(23, new Uint8Array(new BigUint64Array([1n, 2n, 3n, 2n ** 60n + 1n, 5n, 6n, 7n, 8n, 9n, 10n]).buffer)),
])

const interfacesOf = (datagram: Uint8Array) => [...messagesOf(datagram)].map(interfaceOfMessage)

test('an interface is read from its message', (t) => {
  t.deepEqual(interfacesOf(veth), [
    {
      name: 'veth0',
      index: 7,
      kind: 'veth',
      link: { index: 8, netns: 0 },
      master: 3,
      up: true,
      running: true,
      loopback: false,
      linkType: 1,
      address: '02:42:ac:11:00:02',
      mtu: 1400,
      alternativeNames: ['first', 'second'],
      statistics: {
        rxPackets: 1n,
        txPackets: 2n,
        rxBytes: 3n,
        txBytes: 2n ** 60n + 1n,
        rxErrors: 5n,
        txErrors: 6n,
        rxDropped: 7n,
        txDropped: 8n,
      },
    },
  ])
})

test('what is not said is undefined, and a tunnel’s link 0 is none', (t) => {
  t.deepEqual(interfacesOf(link(2, [attribute(3, text('tun0')), attribute(5, word(0)), attribute(1)])), [
    { name: 'tun0', index: 2, up: true, running: true, loopback: false, linkType: 1, mtu: 0, alternativeNames: [] },
  ])
})

test('a port says what kind its master is', (t) => {
  const port = (kind: Uint8Array[]) => link(2, [attribute(3, text('p')), attribute(10, word(9)), ...kind])
  const info = attribute(18 | nested, attribute(4, text('bridge')))
  t.like(interfacesOf(port([info]))[0], { master: 9, masterKind: 'bridge', kind: undefined })
  t.like(interfacesOf(port([]))[0], { master: 9, masterKind: undefined })
})

test('a link in another namespace that is not named has the same index', (t) => {
  t.deepEqual(interfacesOf(link(7, [attribute(3, text('a')), attribute(37, word(4))]))[0]?.link, { index: 7, netns: 4 })
})

test('an interface of which no link is told has none', (t) => {
  const [found] = interfacesOf(link(2, [attribute(3, text('br0'))]))
  t.false('link' in (found ?? { link: 0 }))
})

test('text ends at its first NUL, or with what holds it', (t) => {
  const named = (name: string) => interfacesOf(link(2, [attribute(3, Buffer.from(name))]))[0]?.name
  t.deepEqual([named('a\0b\0'), named('whole'), named('')], ['a', 'whole', ''])
})

test('messages about a bridge’s port, and those without a name, are about no interface', (t) => {
  t.deepEqual(interfacesOf(link(2, [attribute(3, text('port'))], { family: 7 })), [undefined])
  t.deepEqual(interfacesOf(link(2, [attribute(11, word(1))])), [undefined])
})

test('a datagram has several messages, an attribute may be empty, its type has flags', (t) => {
  const several = [...messagesOf(Buffer.concat([veth, link(2, [attribute(3, text('b'))])]))]
  t.deepEqual(
    several.map(({ type, sequence }) => [type, sequence]),
    [
      [16, 9],
      [16, 9],
    ],
  )
  t.deepEqual([...attributesOf(new DataView(attribute(0xc005).buffer)).keys()], [5])
})

test('lengths that contradict what holds them are EBADMSG', (t) => {
  for (const bytes of [[1], [15, 0, 0, 0, ...Array(12).fill(0)], [17, 0, 0, 0, ...Array(12).fill(0)]]) {
    t.throws(() => [...messagesOf(Uint8Array.from(bytes))], { instanceOf: BpfError, code: 'EBADMSG' })
  }
  for (const bytes of [[4], [3, 0, 0, 0], [5, 0, 0, 0]]) {
    t.throws(() => attributesOf(new DataView(Uint8Array.from(bytes).buffer)), { code: 'EBADMSG' })
  }
})

test('mutated messages are read or refused as such', (t) => {
  const seed = seedOfRun()
  const random = new Random(seed)
  for (let round = 0; round < 20_000; round++) {
    const bytes = veth.slice(0, random.below(4) === 0 ? random.below(veth.length) : veth.length)
    for (let n = random.below(4); n > 0 && bytes.length > 0; n--) bytes[random.below(bytes.length)] = random.below(256)
    try {
      interfacesOf(bytes)
    } catch (error) {
      if (!(error instanceof BpfError) || error.code !== 'EBADMSG') t.fail(`seed ${seed}, round ${round}: ${error}`)
    }
  }
  t.pass()
})
