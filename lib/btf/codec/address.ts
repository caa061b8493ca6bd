import { isBytes, show } from '../../arguments.js'
import { ipBytes, ipText, ipv4Bytes, ipv4Text, ipv6Bytes, ipv6Text, macBytes, macText } from '../address.js'
import { wrongRange, wrongType } from './mismatch.js'
import type { AddressNode, CustomNode } from './plan.js'
import type { Reader } from './read-integer.js'
import type { Writer } from './write-integer.js'

const texts = { ipv4: ipv4Text, ipv6: ipv6Text, ip: ipText, mac: macText }
const parsers = { ipv4: ipv4Bytes, ipv6: ipv6Bytes, ip: ipBytes, mac: macBytes }
const descriptions = { ipv4: 'IPv4', ipv6: 'IPv6', ip: 'IP', mac: 'MAC' }

export const addressReader = ({ format }: AddressNode): Reader => texts[format]

export function addressWriter({ format }: AddressNode): Writer {
  const parse = parsers[format]
  return (value, view, offset) => {
    if (typeof value !== 'string') throw wrongType(`expected the text of an address, not ${show(value)}`)
    const bytes = parse(value)
    if (!bytes) throw wrongRange(`${show(value)} is no ${descriptions[format]} address`)
    bytes.forEach((byte, i) => {
      view.setUint8(offset + i, byte)
    })
  }
}

/** The user's codec gets a copy: the bytes may be in the kernel's memory, which must not be written. */
export function customReader({ codec, length }: CustomNode): Reader {
  return (view, offset, end) =>
    codec.decode(new Uint8Array(view.buffer, view.byteOffset + offset, length ?? end - offset).slice())
}

export function customWriter({ codec, length }: CustomNode): Writer {
  return (value, view, offset) => {
    const bytes: unknown = codec.encode(value)
    if (!isBytes(bytes)) throw wrongType(`its codec must encode to a Uint8Array, not ${show(bytes)}`)
    if (length !== undefined && bytes.length !== length)
      throw wrongRange(`its codec must encode to ${length} bytes, not ${bytes.length}`)
    const left = view.byteLength - offset
    if (bytes.length > left) throw wrongRange(`${bytes.length} bytes do not fit into the ${left} that are left`)
    new Uint8Array(view.buffer, view.byteOffset + offset).set(bytes)
  }
}
