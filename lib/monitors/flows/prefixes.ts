import { isIPv4 } from 'node:net'
import { ipBytes } from '../../btf/address.js'

/** A CIDR prefix as the filter's trie has it: 128 bits, with IPv4 as IPv4-mapped IPv6. */
export interface Prefix {
  readonly length: number
  readonly address: Uint8Array
}

const mappedBits = 96

/**
 * `192.0.2.0/24`, `2001:db8::/32`, or a single address.
 *
 * @throws {RangeError} for anything else, including bits set beyond the prefix.
 */
export function parsePrefix(text: string): Prefix {
  const [, host = '', bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const bytes = ipBytes(host)
  const width = isIPv4(host) ? 32 : 128
  const length = bits === undefined ? width : Number(bits)
  if (!bytes || length > width)
    throw new RangeError(`'${text}' is neither an IP address nor a prefix such as 10.0.0.0/8`)
  const address = Uint8Array.from(bytes)
  const prefix = { length: length + 128 - width, address }
  if (!masked(address, prefix.length).every((byte, i) => byte === address[i])) {
    throw new RangeError(`'${text}' has bits beyond its prefix of ${length}`)
  }
  return prefix
}

/**
 * The entries that a trie needs so that the longest match has the bits of all matching prefixes. An IPv6 prefix never applies to IPv4,
 * not even `::/0`, although mapped addresses lie inside it.
 */
export function inherit(
  prefixes: readonly { prefix: Prefix; bits: number }[],
): Map<string, { prefix: Prefix; bits: number }> {
  const own = new Map<string, { prefix: Prefix; bits: number }>()
  for (const { prefix, bits } of [...prefixes, { prefix: parsePrefix('0.0.0.0/0'), bits: 0 }]) {
    const id = idOf(prefix.address, prefix.length)
    own.set(id, { prefix, bits: (own.get(id)?.bits ?? 0) | bits })
  }
  const lengths = [...new Set([...own.values()].map(({ prefix }) => prefix.length))].sort((a, b) => a - b)
  const all = new Map<string, { prefix: Prefix; bits: number }>()
  for (const [id, { prefix }] of own) {
    const shortest = isMapped(prefix) ? mappedBits : 0
    const bits = lengths
      .filter((length) => length >= shortest && length <= prefix.length)
      .reduce((sum, length) => sum | (own.get(idOf(prefix.address, length))?.bits ?? 0), 0)
    all.set(id, { prefix, bits })
  }
  return all
}

const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
const isMapped = ({ address, length }: Prefix) =>
  length >= mappedBits && mappedPrefix.every((byte, i) => byte === address[i])

const idOf = (address: Uint8Array, length: number) =>
  `${Buffer.from(masked(address, length)).toString('hex')}/${length}`

function masked(address: Uint8Array, length: number): Uint8Array {
  return address.map((byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, length - 8 * i))) & 0xff)
}
