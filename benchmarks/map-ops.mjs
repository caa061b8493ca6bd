import { ours } from './lib/contestant.mjs'
import { rivals } from './lib/peers.mjs'

const object = 'benchmarks/map.bpf.o'

/** Single entries of a map: a system call each, with keys and values that are objects. */
export const question = {
  name: 'map-ops',
  title: 'Single operations on a hash map of 65,536 flows',
  metrics: { time: { unit: 'ns/operation' } },
  series: ({ peers, quick }) =>
    ['get', 'set'].map((operation) => {
      const args = ['map-ops', object, quick ? 2 : 7, operation]
      return {
        name: operation,
        contestants: [
          ...rivals(peers, ['libbpf', 'cilium/ebpf', 'npm bpf'], ...args),
          { name: 'objects', command: ours(...args) },
        ],
      }
    }),
}
