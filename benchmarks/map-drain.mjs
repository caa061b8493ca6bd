import { ours } from './lib/contestant.mjs'
import { rivals } from './lib/peers.mjs'

const object = 'benchmarks/map.bpf.o'

/** A map of flows read whole, and emptied: how long an entry takes, both decoded. */
export const question = {
  name: 'map-drain',
  title: 'Reading and draining maps of flows (16-byte keys, 40-byte values)',
  metrics: { time: { unit: 'ns/entry' } },
  series({ peers, quick }) {
    const sizes = quick ? [1000, 65_536] : [1000, 10_000, 65_536, 1_000_000]
    const shapes = [
      ...sizes.map((entries) => ({ kind: 'hash', entries })),
      { kind: 'percpu', entries: quick ? 1000 : 65_536 },
    ]
    const levels = ({ entries }) => (entries !== 65_536 ? ['read'] : quick ? ['drain'] : ['read', 'drain'])
    return shapes.flatMap((shape) => levels(shape).map((level) => series(shape, level, peers, quick ? 3 : 9)))
  },
}

// The others have no batches of per-CPU maps.
const readersOf = { hash: ['libbpf', 'cilium/ebpf', 'npm bpf'], percpu: ['libbpf'] }

function series({ kind, entries }, level, peers, samples) {
  const args = ['map-drain', object, kind, entries, samples, level]
  const target = kind === 'hash' && entries === 65_536 && level === 'drain' ? { libbpf: 2 } : undefined
  return {
    name: `${level} ${kind} ${entries}`,
    contestants: [
      ...rivals(peers, readersOf[kind], ...args),
      { name: 'decoded', command: ours(...args, 'each'), targets: { time: target } },
      // The others keep theirs too; here it is the garbage collector that takes the time.
      { name: 'decoded and kept', command: ours(...args, 'kept'), targets: { time: target } },
    ],
  }
}
