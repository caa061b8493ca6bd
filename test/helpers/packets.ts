/** Packets as on the wire, built from the inside out. */

const be16 = (value: number) => [(value >> 8) & 0xff, value & 0xff]
const be32 = (value: number) => [...be16(Math.floor(value / 65_536)), ...be16(value & 0xffff)]

export type Bytes = readonly number[]
export const payload = (length: number, byte = 0xaa): Bytes => new Array<number>(length).fill(byte)

const ipv4Address = (text: string): Bytes => text.split('.').map(Number)

/** All groups, or one `::`. */
function ipv6Address(text: string): Bytes {
  const [head = '', tail] = text.split('::')
  const groups = (part: string) =>
    part === '' ? [] : part.split(':').flatMap((group) => be16(Number.parseInt(group, 16)))
  const before = groups(head)
  const after = groups(tail ?? '')
  return [...before, ...payload(16 - before.length - after.length, 0), ...after]
}

export interface Ipv4Options {
  readonly source?: string
  readonly destination?: string
  readonly protocol: number
  readonly options?: Bytes
  readonly id?: number
  /** 2 is Don't Fragment, 4 is the reserved flag. */
  readonly flags?: number
  readonly moreFragments?: boolean
  /** In units of 8 bytes. */
  readonly fragmentOffset?: number
  readonly ttl?: number
  readonly tos?: number
  readonly version?: number
  readonly headerWords?: number
  readonly totalLength?: number
}

export function ipv4(content: Bytes, options: Ipv4Options): Bytes {
  const { source = '192.0.2.1', destination = '192.0.2.2', options: extra = [], id = 1, ttl = 64, tos = 0 } = options
  const size = 20 + extra.length
  const header = [
    ((options.version ?? 4) << 4) | (options.headerWords ?? size / 4),
    tos,
    ...be16(options.totalLength ?? size + content.length),
    ...be16(id),
    ...be16(((options.flags ?? 0) << 13) | (options.moreFragments ? 0x2000 : 0) | (options.fragmentOffset ?? 0)),
    ttl,
    options.protocol,
    ...[0, 0],
    ...ipv4Address(source),
    ...ipv4Address(destination),
    ...extra,
  ]
  header.splice(10, 2, ...be16(checksum(header)))
  return [...header, ...content]
}

/** RFC 1071, for bytes whose own checksum is 0. */
function checksum(bytes: Bytes): number {
  let sum = 0
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

export interface Ipv6Options {
  readonly source?: string
  readonly destination?: string
  readonly nextHeader: number
  readonly hopLimit?: number
  readonly trafficClass?: number
  readonly version?: number
  readonly payloadLength?: number
}

export function ipv6(content: Bytes, options: Ipv6Options): Bytes {
  const { source = '2001:db8::1', destination = '2001:db8::2', hopLimit = 64, trafficClass = 0 } = options
  return [
    ((options.version ?? 6) << 4) | (trafficClass >> 4),
    (trafficClass & 15) << 4,
    ...[0, 0],
    ...be16(options.payloadLength ?? content.length),
    options.nextHeader,
    hopLimit,
    ...ipv6Address(source),
    ...ipv6Address(destination),
    ...content,
  ]
}

/** Hop-by-hop, routing, destination options, mobility: `words` counts 8 bytes beyond the first 8. */
export const extension = (nextHeader: number, content: Bytes, words = 0): Bytes => [
  nextHeader,
  words,
  ...payload(6 + 8 * words, 0),
  ...content,
]

/** `words` counts 4 bytes beyond the first 8. */
export const authentication = (nextHeader: number, content: Bytes, words = 4): Bytes => [
  nextHeader,
  words,
  ...payload(6 + 4 * words, 0),
  ...content,
]

export const fragment = (
  nextHeader: number,
  content: Bytes,
  { offset = 0, more = false, id = 7 }: { offset?: number; more?: boolean; id?: number },
): Bytes => [nextHeader, 0, ...be16((offset << 3) | (more ? 1 : 0)), ...be32(id), ...content]

export const tcpFlag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 }

export function tcp(
  content: Bytes,
  options: { source?: number; destination?: number; flags?: number; options?: Bytes; headerWords?: number } = {},
): Bytes {
  const { source = 1111, destination = 2222, flags = tcpFlag.ack, options: extra = [] } = options
  const words = options.headerWords ?? (20 + extra.length) / 4
  return [
    ...be16(source),
    ...be16(destination),
    ...be32(1),
    ...be32(1),
    words << 4,
    flags,
    ...be16(1000),
    ...[0, 0, 0, 0],
    ...extra,
    ...content,
  ]
}

export function udp(content: Bytes, options: { source?: number; destination?: number; length?: number } = {}): Bytes {
  const { source = 1111, destination = 2222, length = 8 + content.length } = options
  return [...be16(source), ...be16(destination), ...be16(length), ...[0, 0], ...content]
}

export const sctp = (content: Bytes): Bytes => [...be16(1111), ...be16(2222), ...payload(8, 0), ...content]

export const icmp = (type: number, code: number, id = 0, content: Bytes = []): Bytes => [
  type,
  code,
  ...[0, 0],
  ...be16(id),
  ...be16(1),
  ...content,
]

const etherType = { ipv4: 0x0800, ipv6: 0x86dd, vlan: 0x8100, provider: 0x88a8, bridging: 0x6558 } as const
export type EtherType = keyof typeof etherType

export const ethernet = (type: EtherType | number, content: Bytes): Bytes => [
  ...[2, 0, 0, 0, 0, 2],
  ...[2, 0, 0, 0, 0, 1],
  ...be16(typeof type === 'number' ? type : etherType[type]),
  ...content,
]

/** What follows the ether type of 802.1Q or 802.1ad. */
export const vlanTag = (id: number, type: EtherType | number, content: Bytes, priority = 0): Bytes => [
  ...be16((priority << 13) | id),
  ...be16(typeof type === 'number' ? type : etherType[type]),
  ...content,
]

export const vxlan = (vni: number, frame: Bytes, flags = 8): Bytes => [flags, 0, 0, 0, ...be32(vni * 256), ...frame]

export const geneve = (vni: number, type: EtherType, content: Bytes, options: Bytes = []): Bytes => [
  options.length / 4,
  0,
  ...be16(etherType[type]),
  ...be32(vni * 256),
  ...options,
  ...content,
]

export const gre = (
  type: EtherType,
  content: Bytes,
  { key, checksum = false, sequence = false }: { key?: number; checksum?: boolean; sequence?: boolean } = {},
): Bytes => [
  (checksum ? 0x80 : 0) | (key === undefined ? 0 : 0x20) | (sequence ? 0x10 : 0),
  0,
  ...be16(etherType[type]),
  ...(checksum ? [0, 0, 0, 0] : []),
  ...(key === undefined ? [] : be32(key)),
  ...(sequence ? [0, 0, 0, 1] : []),
  ...content,
]
