import { createRequire } from 'node:module'

/** The package, from a folder that it is installed in, and what keys and values of map.bpf.c’s maps are to it. */
export const packageIn = (folder) => createRequire(`${folder}/`)('bpf')

export const keyType = {
  parse: (bytes) => ({
    saddr: bytes.readUInt32LE(0),
    daddr: bytes.readUInt32LE(4),
    sport: bytes.readUInt16LE(8),
    dport: bytes.readUInt16LE(10),
    protocol: bytes.readUInt32LE(12),
  }),
  format(bytes, key) {
    bytes.writeUInt32LE(key.saddr, 0)
    bytes.writeUInt32LE(key.daddr, 4)
    bytes.writeUInt16LE(key.sport, 8)
    bytes.writeUInt16LE(key.dport, 10)
    bytes.writeUInt32LE(key.protocol, 12)
  },
}

export const valueType = {
  parse: (bytes) => ({
    packets: bytes.readBigUInt64LE(0),
    bytes: bytes.readBigUInt64LE(8),
    first: bytes.readBigUInt64LE(16),
    last: bytes.readBigUInt64LE(24),
    flags: bytes.readUInt32LE(32),
    ifindex: bytes.readUInt32LE(36),
  }),
  format(bytes, value) {
    bytes.writeBigUInt64LE(value.packets, 0)
    bytes.writeBigUInt64LE(value.bytes, 8)
    bytes.writeBigUInt64LE(value.first, 16)
    bytes.writeBigUInt64LE(value.last, 24)
    bytes.writeUInt32LE(value.flags, 32)
    bytes.writeUInt32LE(value.ifindex, 36)
  },
}
