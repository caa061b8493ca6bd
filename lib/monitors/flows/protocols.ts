// https://www.iana.org/assignments/protocol-numbers
const names: Record<number, string> = {
  1: 'ICMP',
  2: 'IGMP',
  4: 'IPIP',
  6: 'TCP',
  17: 'UDP',
  33: 'DCCP',
  41: 'IPv6',
  47: 'GRE',
  50: 'ESP',
  51: 'AH',
  58: 'ICMPv6',
  89: 'OSPF',
  103: 'PIM',
  112: 'VRRP',
  132: 'SCTP',
  136: 'UDPLite',
}
const numbers = new Map(Object.entries(names).map(([number, name]) => [name.toLowerCase(), Number(number)]))

/** `TCP` for 6; the number itself if it has no name here. */
export const protocolName = (protocol: number): string => names[protocol] ?? String(protocol)

/** @throws {RangeError} for anything that is neither a number from 0 to 255 nor a name. */
export function protocolNumber(protocol: number | string): number {
  const number =
    typeof protocol === 'number' ? protocol : (numbers.get(protocol.toLowerCase()) ?? Number(protocol || Number.NaN))
  if (!Number.isInteger(number) || number < 0 || number > 255) {
    throw new RangeError(`'${protocol}' is neither an IP protocol's number nor a name such as tcp`)
  }
  return number
}
