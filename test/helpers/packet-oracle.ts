import { SocketAddress } from 'node:net'
import type { Flow } from 'ebpf/flows'

/**
 * Parses a packet a second time, from the RFCs and in another language, to compare with the result of bpf/flow.bpf.c.
 */

class Malformed extends Error {}

const u16 = (bytes: Uint8Array, at: number) => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
const u32 = (bytes: Uint8Array, at: number) => u16(bytes, at) * 65_536 + u16(bytes, at + 2)

function need(bytes: Uint8Array, length: number): void {
  if (bytes.length < length) throw new Malformed()
}

interface Datagram {
  readonly version: 4 | 6
  readonly source: string
  readonly destination: string
  readonly protocol: number
  readonly fragment: 'no' | 'first' | 'later'
  /** What distinguishes the fragments of one packet from those of others. */
  readonly identity: string
  readonly content: Uint8Array
  readonly length: number
  readonly ttl: number
}

/** The result for one packet: its flow, as `lineOf` would write it, or why it has none. */
export interface Reading {
  readonly line: string
  readonly ipBytes: number
  readonly ttl: number
  readonly tcpFlags: number
}

interface Ports {
  readonly source: number
  readonly destination: number
  readonly protocol: number
}

interface Tunnel {
  readonly type: NonNullable<Flow['tunnel']>['type']
  readonly id: number
}

/** The text form of a flow, for both parsers. */
function line(datagram: Datagram, ports: Ports | 'unknown', vlans: readonly number[], tunnel?: Tunnel): string {
  const { source, destination, protocol } = datagram
  const ends =
    ports === 'unknown'
      ? `${protocol} ${source} ${destination} orphan`
      : `${ports.protocol} ${source} ${ports.source} ${destination} ${ports.destination}`
  return `${ends} vlans ${vlans.join()} tunnel ${tunnel ? `${tunnel.type} ${tunnel.id}` : ''}`
}

export function lineOf(flow: Flow): string {
  const ports = { source: flow.sourcePort, destination: flow.destinationPort, protocol: flow.protocol }
  const family = flow.ipVersion === 4 ? 'ipv4' : 'ipv6'
  const address = (text: string) => new SocketAddress({ address: text, family }).address
  const datagram = { ...flow, source: address(flow.sourceAddress), destination: address(flow.destinationAddress) }
  return line(datagram as unknown as Datagram, flow.orphan ? 'unknown' : ports, flow.vlans ?? [], flow.tunnel)
}

export class PacketOracle {
  readonly #inner: boolean
  readonly #firsts = new Map<string, Ports>()

  constructor(tunnels: 'outer' | 'inner') {
    this.#inner = tunnels === 'inner'
  }

  read(bytes: Uint8Array): Reading {
    const nothing = { ipBytes: 0, ttl: 0, tcpFlags: 0 }
    const frame = ethernet(bytes)
    try {
      const read = frame && this.#packet(frame.type, frame.content, frame.vlans)
      return read ?? { line: 'not IP', ...nothing }
    } catch (error) {
      if (error instanceof Malformed) return { line: 'malformed', ...nothing }
      throw error
    }
  }

  #packet(type: number, bytes: Uint8Array, vlans: readonly number[]): Reading | undefined {
    const outer = ip(type, bytes)
    if (!outer) return undefined
    let datagram: Datagram = outer
    let ports = upper(datagram)
    let tunnel: Tunnel | undefined
    for (let depth = 0; this.#inner && depth < 2; depth++) {
      const opened: Opened | undefined = datagram.fragment === 'no' ? inside(datagram, ports) : undefined
      const inner: Datagram | undefined = opened && ip(opened.type, opened.content)
      if (!inner) break
      datagram = inner
      ports = upper(inner)
      tunnel = opened?.tunnel
    }
    const joined = this.#joined(datagram, ports, `${vlans} ${tunnel?.type} ${tunnel?.id}`)
    return {
      line: line(datagram, joined, vlans, tunnel),
      ipBytes: outer.length,
      ttl: datagram.ttl,
      tcpFlags: flagsOf(datagram),
    }
  }

  #joined({ fragment, identity }: Datagram, ports: Ports, where: string): Ports | 'unknown' {
    if (fragment === 'later') return this.#firsts.get(`${identity} ${where}`) ?? 'unknown'
    if (fragment === 'first') this.#firsts.set(`${identity} ${where}`, ports)
    return ports
  }
}

/** Undefined if it ends before it says what it carries. */
function ethernet(bytes: Uint8Array) {
  const vlans: number[] = []
  let at = 12
  if (bytes.length < 14) return undefined
  for (let tags = 0; tags < 4 && [0x8100, 0x88a8].includes(u16(bytes, at)); tags++) {
    if (bytes.length < at + 6) return undefined
    if (tags < 2) vlans.push(u16(bytes, at + 2) & 0xfff)
    at += 4
  }
  return { vlans, type: u16(bytes, at), content: bytes.subarray(at + 2) }
}

function ip(type: number, bytes: Uint8Array): Datagram | undefined {
  if (type === 0x0800) return ipv4(bytes)
  return type === 0x86dd ? ipv6(bytes) : undefined
}

function ipv4(bytes: Uint8Array): Datagram {
  need(bytes, 20)
  const [first = 0] = bytes
  const header = (first & 15) * 4
  const length = u16(bytes, 2)
  if (first >> 4 !== 4 || header < 20 || length < header || length > bytes.length) throw new Malformed()
  const offset = (u16(bytes, 6) & 0x1fff) * 8
  const more = (u16(bytes, 6) & 0x2000) !== 0
  if ((more || offset > 0) && offset + length > 65_535) throw new Malformed()
  const address = (at: number) => bytes.subarray(at, at + 4).join('.')
  const protocol = bytes[9] ?? 0
  const content = bytes.subarray(header, length)
  const identity = `${address(12)} ${address(16)} ${u16(bytes, 4)} ${protocol}`
  const ttl = bytes[8] ?? 0
  const ends = { source: address(12), destination: address(16) }
  const outer = { version: 4, ...ends, protocol, content, identity, length, ttl } as const
  if (offset > 0) return { ...outer, fragment: 'later' }
  const upper = extensions(4, protocol, content)
  return { ...outer, protocol: upper.protocol, content: upper.content, fragment: more ? 'first' : 'no' }
}

function ipv6(bytes: Uint8Array): Datagram {
  need(bytes, 40)
  const length = u16(bytes, 4) + 40
  if ((bytes[0] ?? 0) >> 4 !== 6 || length > bytes.length) throw new Malformed()
  const address = (at: number) => {
    const groups = Array.from({ length: 8 }, (_, i) => u16(bytes, at + 2 * i).toString(16))
    return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address
  }
  const found = extensions(6, bytes[6] ?? 0, bytes.subarray(40, length))
  const [source, destination] = [address(8), address(24)]
  const { fragment = 'no', protocol, content } = found
  const ttl = bytes[7] ?? 0
  return {
    version: 6,
    source,
    destination,
    protocol,
    content,
    fragment,
    length,
    ttl,
    identity: `${source} ${destination} ${found.id}`,
  }
}

interface Fragment {
  readonly fragment: 'first' | 'later'
  readonly id: number
}

interface Passed extends Partial<Fragment> {
  readonly protocol: number
  readonly content: Uint8Array
}

/** Skips the extension headers; IPv4 has only one kind. */
function extensions(version: 4 | 6, first: number, bytes: Uint8Array): Passed {
  let protocol = first
  let content = bytes
  let found: Fragment | undefined
  for (let headers = 0; found?.fragment !== 'later'; headers++) {
    if (protocol !== 51 && (version === 4 || ![0, 43, 44, 60, 135, 139, 140].includes(protocol))) break
    if (headers >= 16) throw new Malformed()
    need(content, 4)
    const [next = 0, words = 0] = content
    if (protocol >= 135 && next === 59) break
    const length = protocol === 51 ? (words + 2) * 4 : protocol === 44 ? 8 : (words + 1) * 8
    need(content, length)
    if (protocol === 51 && length < 12) throw new Malformed()
    if (protocol === 44) {
      const offset = u16(content, 2) & 0xfff8
      const more = (u16(content, 2) & 1) !== 0
      const carried = content.length - 8
      if (offset + carried > 65_535 || (more && carried % 8 > 0)) throw new Malformed()
      if (more || offset > 0) found = { fragment: offset > 0 ? 'later' : 'first', id: u32(content, 4) }
    }
    content = content.subarray(length)
    protocol = next
  }
  return { protocol, content, ...found }
}

const withPorts: Record<number, number> = { 6: 20, 17: 8, 33: 12, 132: 12, 136: 8 }
const idTypes: Record<number, readonly number[]> = { 1: [0, 8, 13, 14], 58: [128, 129] }

function upper({ version, protocol, content, fragment }: Datagram): Ports {
  const isIcmp = protocol === (version === 4 ? 1 : 58)
  const header = isIcmp ? 8 : withPorts[protocol]
  if (header === undefined || fragment === 'later') return { source: 0, destination: 0, protocol }
  need(content, fragment === 'first' && version === 4 ? 8 : header)
  if (isIcmp) {
    const hasId = idTypes[protocol]?.includes(content[0] ?? -1)
    return { source: hasId ? u16(content, 4) : 0, destination: u16(content, 0), protocol }
  }
  const whole = fragment === 'no'
  const length = u16(content, 4)
  if (protocol === 17 && whole && (length < 8 ? length > 0 || version === 4 : length > content.length))
    throw new Malformed()
  if (protocol === 136 && whole && (length > content.length || (length > 0 && length < 8))) throw new Malformed()
  if (protocol === 6 && content.length >= 20) {
    const words = (content[12] ?? 0) >> 4
    if (words < 5 || (whole && words * 4 > content.length)) throw new Malformed()
  }
  return { source: u16(content, 0), destination: u16(content, 2), protocol }
}

interface Opened {
  readonly tunnel: Tunnel
  readonly type: number
  readonly content: Uint8Array
}

const flagsOf = ({ protocol, fragment, content }: Datagram) =>
  protocol === 6 && fragment !== 'later' && content.length >= 20 ? (content[13] ?? 0) : 0

/** What the datagram carries; undefined if that is not a packet or frame. */
function inside({ protocol, content }: Datagram, { destination }: Ports): Opened | undefined {
  const opened = tunnelled(protocol, content, destination)
  if (!opened) return undefined
  if (content.length < opened.header) throw new Malformed()
  const { tunnel, type } = opened
  const carried = content.subarray(opened.header)
  if (type !== 0x6558) return { tunnel, type, content: carried }
  const frame = ethernet(carried)
  if (!frame) throw new Malformed()
  return { tunnel, type: frame.type, content: frame.content }
}

function tunnelled(protocol: number, bytes: Uint8Array, port: number) {
  const ipip = { type: 'ipip', id: 0 } as const
  if (protocol === 4) return { tunnel: ipip, header: 0, type: 0x0800 }
  if (protocol === 41) return { tunnel: ipip, header: 0, type: 0x86dd }
  if (protocol === 47) {
    need(bytes, 4)
    const flags = u16(bytes, 0)
    if ((flags & 0x4007) !== 0) return undefined
    const key = (flags & 0x8000) === 0 ? 4 : 8
    const sequence = (flags & 0x2000) === 0 ? key : key + 4
    const id = sequence > key && bytes.length >= sequence ? u32(bytes, key) : 0
    const header = (flags & 0x1000) === 0 ? sequence : sequence + 4
    return { tunnel: { type: 'gre', id } as const, header, type: u16(bytes, 2) }
  }
  if (protocol !== 17 || bytes.length < 16) return undefined
  const id = Math.floor(u32(bytes, 12) / 256)
  const [flags = 0] = bytes.subarray(8)
  if (port === 6081 && flags >> 6 === 0)
    return { tunnel: { type: 'geneve', id } as const, header: 16 + (flags & 63) * 4, type: u16(bytes, 10) }
  if ((port === 4789 || port === 8472) && (flags & 8) !== 0)
    return { tunnel: { type: 'vxlan', id } as const, header: 16, type: 0x6558 }
  return undefined
}
