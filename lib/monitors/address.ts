/** The text of an address that the programs store as IPv6, IPv4 ones mapped (`::ffff:a.b.c.d`). */
export function addressText(view: DataView, offset: number, ipVersion: number): string {
  if (ipVersion === 4) {
    return `${view.getUint8(offset + 12)}.${view.getUint8(offset + 13)}.${view.getUint8(offset + 14)}.${view.getUint8(offset + 15)}`
  }
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(offset + 2 * i))
  const { start, length } = longestZeros(groups)
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(':')
  // RFC 5952: the first longest run of two or more zero groups is shortened.
  return length < 2 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`
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
