import { ipv4Text, ipv6Text } from '../../btf/address.js'

/** The text of an address that the programs store as IPv6, with IPv4 mapped (`::ffff:a.b.c.d`). */
export function addressText(view: DataView, offset: number, ipVersion: number): string {
  return ipVersion === 4 ? ipv4Text(view, offset + 12) : ipv6Text(view, offset)
}

const cached = 8192

/** As `addressText`, with a cache: a machine has few addresses, and formatting one costs as much as the rest of a flow. */
export class AddressTexts {
  readonly #words = new Uint32Array(4 * cached)
  readonly #texts: (string | undefined)[] = new Array(cached).fill(undefined)

  text(view: DataView, offset: number, ipVersion: number): string {
    const a = view.getUint32(offset)
    const b = view.getUint32(offset + 4)
    const c = view.getUint32(offset + 8)
    const d = view.getUint32(offset + 12)
    const hash = Math.imul(a ^ Math.imul(b, 31) ^ Math.imul(c, 1009) ^ Math.imul(d, 0x9e37_79b1), 0x85eb_ca6b)
    const slot = (hash >>> 16) % cached
    const at = 4 * slot
    const words = this.#words
    const text = this.#texts[slot]
    if (text !== undefined && words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) {
      return text
    }
    words[at] = a
    words[at + 1] = b
    words[at + 2] = c
    words[at + 3] = d
    const made = addressText(view, offset, ipVersion)
    this.#texts[slot] = made
    return made
  }
}
