/** A key of the maps of map.bpf.c, the one of the entry that was filled as the nth, and a value to write. */
export const keyOf = (n) => ({
  saddr: (0x0000000a + (n << 8)) >>> 0,
  daddr: 0x0200000a,
  sport: n,
  dport: 443,
  protocol: 6,
})

export const value = { packets: 1n, bytes: 2n, first: 3n, last: 4n, flags: 0x12, ifindex: 2 }
