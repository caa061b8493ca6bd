/** Frames of the kinds that programs are measured with, each with 20 bytes for the upper layer’s header and 10 of payload. */

const be16 = (value) => [value >> 8, value & 0xff]
const zeros = (length) => new Array(length).fill(0)

const ports = [...be16(1111), ...be16(443)]
const tcp = [...ports, ...zeros(8), 0x50, 0x10, ...zeros(6 + 10)]
const udp = [...ports, ...be16(30), ...zeros(2 + 22)]

const ethernet = (type, content) => Uint8Array.from([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, ...be16(type), ...content])

function ipv4(protocol, content, options = []) {
  const words = 5 + options.length / 4
  const length = words * 4 + content.length
  const head = [0x40 | words, 0, ...be16(length), ...zeros(4), 64, protocol, ...zeros(2)]
  return ethernet(0x0800, [...head, 192, 0, 2, 1, 192, 0, 2, 2, ...options, ...content])
}

function ipv6(nextHeader, content) {
  const address = (last) => [0x20, 0x01, 0x0d, 0xb8, ...zeros(11), last]
  return ethernet(0x86dd, [
    0x60,
    0,
    0,
    0,
    ...be16(content.length),
    nextHeader,
    64,
    ...address(1),
    ...address(2),
    ...content,
  ])
}

export const packets = {
  tcp4: ipv4(6, tcp),
  udp4: ipv4(17, udp),
  tcp6: ipv6(6, tcp),
  udp6: ipv6(17, udp),
  /** Four options that do nothing: what is not plain. */
  options4: ipv4(6, tcp, [1, 1, 1, 1]),
  /** Hop-by-hop options that only pad. */
  extension6: ipv6(0, [6, 0, 1, 4, ...zeros(4), ...tcp]),
  arp: ethernet(0x0806, zeros(46)),
}
