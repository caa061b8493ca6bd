import { ipv4Text, ipv6Text } from '../btf/address.js'

/** The text of an address that the programs store as IPv6, IPv4 ones mapped (`::ffff:a.b.c.d`). */
export function addressText(view: DataView, offset: number, ipVersion: number): string {
  return ipVersion === 4 ? ipv4Text(view, offset + 12) : ipv6Text(view, offset)
}
