import type { Bytes } from './packets.js'
import * as make from './packets.js'
import type { Random } from './random.js'

const addresses4 = ['192.0.2.1', '192.0.2.2', '10.0.0.1', '255.255.255.255', '0.0.0.0'] as const
const addresses6 = ['2001:db8::1', 'fe80::2', 'ff02::1', '::', '64:ff9b::102:304'] as const

/** A frame that starts out valid; some are then damaged. */
export function randomFrame(random: Random): Uint8Array {
  const kind = random.below(20)
  if (kind === 0) return random.bytes(14 + random.below(100))
  const frame = Uint8Array.from(tagged(random, random.below(8) === 0 ? 1 + random.below(5) : 0))
  return kind < 12 ? frame : damaged(random, frame)
}

function damaged(random: Random, frame: Uint8Array): Uint8Array {
  const cut = random.below(3) === 0 ? frame.slice(0, 14 + random.below(frame.length - 13)) : frame
  for (let changes = random.below(4); changes > 0; changes--) {
    // Mostly in the headers.
    const at = random.below(random.below(2) === 0 ? cut.length : Math.min(cut.length, 64))
    cut[at] = random.pick([0, 0xff, random.below(256), (cut[at] ?? 0) ^ (1 << random.below(8)), (cut[at] ?? 0) + 1])
  }
  return random.below(6) === 0 ? Uint8Array.from([...cut, ...random.bytes(random.below(30))]) : cut
}

function tagged(random: Random, tags: number): Bytes {
  const { type, content } = random.below(15) === 0 ? nonIp(random) : packet(random, 0)
  let [inner, outerType] = [content, type]
  for (let i = 0; i < tags; i++) {
    inner = make.vlanTag(random.pick([0, 1, 100, 4095]), outerType, inner, random.below(8))
    outerType = random.pick(['vlan', 'provider'])
  }
  return make.ethernet(outerType, inner)
}

const nonIp = (random: Random) => ({
  type: random.pick([0x0806, 0x88cc, 0x8847, 0x8864, 0x9100, 60]) as make.EtherType | number,
  content: [...random.bytes(46)],
})

interface Layer {
  readonly type: make.EtherType | number
  readonly content: Bytes
}

function packet(random: Random, depth: number): Layer {
  const { protocol, content } = upper(random, depth, 4)
  return random.below(2) === 0 ? packet4(random, protocol, content) : packet6(random, depth)
}

function packet4(random: Random, protocol: number, content: Bytes): Layer {
  const inAh = random.below(20) === 0
  const whole = inAh ? make.authentication(protocol, content) : content
  const piece = random.below(8) === 0 ? fragmentOf(random, whole) : { content: whole, offset: 0, more: false }
  return {
    type: 'ipv4',
    content: make.ipv4(piece.content, {
      protocol: inAh ? 51 : protocol,
      source: random.pick(addresses4),
      destination: random.pick(addresses4),
      options: make.payload(4 * random.pick([0, 0, 0, 1, 3, 10]), 1),
      id: random.below(4),
      moreFragments: piece.more,
      fragmentOffset: piece.offset,
      ttl: random.below(256),
      tos: random.below(256),
    }),
  }
}

function packet6(random: Random, depth: number): Layer {
  let { protocol, content } = upper(random, depth, 6)
  for (let headers = random.pick([0, 0, 0, 1, 2, 5, 16]); headers > 0; headers--) {
    const kind = random.pick([0, 43, 44, 51, 60, 135, 139, 140])
    if (kind === 51) content = make.authentication(protocol, content)
    else if (kind === 44) {
      const {
        content: piece,
        offset,
        more,
      } = random.below(3) === 0 ? fragmentOf(random, content) : { content, offset: 0, more: false }
      content = make.fragment(protocol, piece, { offset, more, id: random.below(4) })
    } else content = make.extension(protocol, content, random.below(3))
    protocol = kind
  }
  const [source, destination] = [random.pick(addresses6), random.pick(addresses6)]
  return { type: 'ipv6', content: make.ipv6(content, { nextHeader: protocol, source, destination }) }
}

function fragmentOf(random: Random, whole: Bytes): { content: Bytes; offset: number; more: boolean } {
  const offset = random.pick([0, 0, 1, 2, 5, 8191])
  const more = random.below(3) > 0
  const rest = whole.slice(offset === 8191 ? 0 : offset * 8)
  return { offset, more, content: more ? rest.slice(0, Math.max(8, rest.length & ~7)) : rest }
}

function upper(random: Random, depth: number, version: 4 | 6): { protocol: number; content: Bytes } {
  const data: Bytes = [...random.bytes(random.below(40))]
  const ports = { source: random.pick([0, 53, 1111, 65_535]), destination: random.pick([0, 80, 4789, 8472, 6081]) }
  const inner = () => packet(random, depth + 1)
  const frame = () => {
    const { type, content } = random.below(6) === 0 ? nonIp(random) : inner()
    return make.ethernet(type, content)
  }
  const simple = [
    () => ({ protocol: 6, content: make.tcp(data, { ...ports, flags: random.below(256) }) }),
    () => ({ protocol: 6, content: make.tcp(data, { ...ports, options: make.payload(4 * random.below(11), 1) }) }),
    () => ({ protocol: 17, content: make.udp(data, ports) }),
    () => ({ protocol: version === 4 ? 1 : 58, content: make.icmp(random.below(256), random.below(16), 7, data) }),
    () => ({ protocol: version === 4 ? 58 : 1, content: make.icmp(8, 0, 7, data) }),
    () => ({ protocol: 132, content: make.sctp(data) }),
    () => ({ protocol: 33, content: make.sctp(data) }),
    () => ({ protocol: 136, content: make.udp(data, { ...ports, length: random.pick([0, 8, 8 + data.length]) }) }),
    () => ({ protocol: random.pick([2, 50, 59, 89, 253]), content: data }),
  ] as const
  const tunnels = [
    () => {
      const { type, content } = inner()
      return { protocol: type === 'ipv4' ? 4 : 41, content }
    },
    () => {
      const { type, content } = inner()
      const options = { checksum: random.below(2) === 0, sequence: random.below(2) === 0 }
      return { protocol: 47, content: make.gre(type as make.EtherType, content, { key: random.below(9), ...options }) }
    },
    () => ({ protocol: 47, content: make.gre('bridging', frame()) }),
    () => ({
      protocol: 17,
      content: make.udp(make.vxlan(random.below(3), frame()), { destination: random.pick([4789, 8472]) }),
    }),
    () => {
      const options = make.payload(4 * random.below(4), 0)
      return {
        protocol: 17,
        content: make.udp(make.geneve(random.below(3), 'bridging', frame(), options), { destination: 6081 }),
      }
    },
  ] as const
  return depth < 3 && random.below(3) === 0 ? random.pick(tunnels)() : random.pick(simple)()
}
