import { isIPv4, isIPv6 } from 'node:net'

/** Converts addresses as they are in packets, most significant byte first, to text and back. */

export function ipv4Text(view: DataView, offset: number): string {
  return `${view.getUint8(offset)}.${view.getUint8(offset + 1)}.${view.getUint8(offset + 2)}.${view.getUint8(offset + 3)}`
}

/** The form of RFC 5952: lower case, the first longest run of zeros shortened, IPv4-mapped as `::ffff:192.0.2.1`. */
export function ipv6Text(view: DataView, offset: number): string {
  if (isMapped(view, offset)) return `::ffff:${ipv4Text(view, offset + 12)}`
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(offset + 2 * i))
  const { start, length } = longestZeros(groups)
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(':')
  return length < 2 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`
}

/** An address of either version that is stored as IPv6: an IPv4-mapped one is shown as the IPv4 address. */
export function ipText(view: DataView, offset: number): string {
  return isMapped(view, offset) ? ipv4Text(view, offset + 12) : ipv6Text(view, offset)
}

/** `aa:bb:cc:dd:ee:ff` */
export const macText = (view: DataView, offset: number): string => linkAddressText(view, offset, 6)

/** An address in the form of a MAC address; other link layers have addresses of other lengths. */
export function linkAddressText(view: DataView, offset: number, length: number): string {
  return Array.from({ length }, (_, i) =>
    view
      .getUint8(offset + i)
      .toString(16)
      .padStart(2, '0'),
  ).join(':')
}

/** Undefined if `text` is not an IPv4 address. */
export function ipv4Bytes(text: string): number[] | undefined {
  return isIPv4(text) ? text.split('.').map(Number) : undefined
}

/** Undefined if `text` is not an IPv6 address; a zone (`%eth0`) is not allowed. */
export function ipv6Bytes(text: string): number[] | undefined {
  if (!isIPv6(text) || text.includes('%')) return undefined
  const [head = '', tail] = text.split('::')
  const before = groupBytes(head)
  const after = groupBytes(tail ?? '')
  return [...before, ...new Array<number>(16 - before.length - after.length).fill(0), ...after]
}

/** IPv4 as IPv4-mapped IPv6. */
export function ipBytes(text: string): number[] | undefined {
  const v4 = ipv4Bytes(text)
  return v4 ? [...mappedPrefix, ...v4] : ipv6Bytes(text)
}

export function macBytes(text: string): number[] | undefined {
  return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)
    ? text.split(':').map((byte) => Number.parseInt(byte, 16))
    : undefined
}

const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

const isMapped = (view: DataView, offset: number): boolean =>
  view.getUint32(offset) === 0 && view.getUint32(offset + 4) === 0 && view.getUint32(offset + 8) === 0xffff

function groupBytes(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number)
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let length = 0
    while (groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  return best
}
