/** Operations of a turn, on as many of the first entries. */
const operations = 16_384
const warmUp = 5

// The key of the entry that map.bpf.c fills as the nth.
const keyOf = (n) => ({ saddr: (0x0000000a + (n << 8)) >>> 0, daddr: 0x0200000a, sport: n, dport: 443, protocol: 6 })
const value = { packets: 1n, bytes: 2n, first: 3n, last: 4n, flags: 0x12, ifindex: 2 }

/** Nanoseconds an operation, `get` or `set`, on a map of any package for Node.js that is like a `Map`: samples. */
export function timesOf(map, operation, samples) {
  const operate = {
    get(n) {
      if (map.get(keyOf(n)) === undefined) throw new Error(`entry ${n} is not there`)
    },
    set(n) {
      map.set(keyOf(n), value)
    },
  }[operation]
  const times = []
  // The first turns warm up and are not told.
  for (let i = -warmUp; i < samples; i++) {
    const start = performance.now()
    for (let n = 0; n < operations; n++) operate(n)
    if (i >= 0) times.push(((performance.now() - start) * 1e6) / operations)
  }
  return times
}
