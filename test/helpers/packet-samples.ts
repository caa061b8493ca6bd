import { type Bytes, ethernet, ipv4, ipv6, payload, tcp, udp } from './packets.js'

/** Values that the tests' packets share, and how 'ends' (flow-runs.ts) writes their flows. */
export const TCP = 6
export const UDP = 17

export const v4 = (protocol: number, ports = '1111 2222') => {
  const [source, destination] = ports.split(' ')
  return `${protocol} 192.0.2.1 ${source} 192.0.2.2 ${destination}`
}
export const v6 = (protocol: number, ports = '1111 2222') => v4(protocol, ports).replaceAll('192.0.2.', '2001:db8::')

export const overIpv4 = (protocol: number, content: Bytes, options = {}) =>
  ethernet('ipv4', ipv4(content, { protocol, ...options }))
export const overIpv6 = (nextHeader: number, content: Bytes, options = {}) =>
  ethernet('ipv6', ipv6(content, { nextHeader, ...options }))

export const segment = tcp(payload(10))
export const datagram = udp(payload(10))
