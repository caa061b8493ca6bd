import { ours } from './lib/contestant.mjs'

const object = 'benchmarks/map.bpf.o'

/** Single entries of a map: a system call each, with keys and values that are objects. */
export const question = {
  name: 'map-ops',
  title: 'Single operations on a hash map of 65,536 flows',
  metrics: { time: { unit: 'ns/operation' } },
  series: ({ peers, quick }) =>
    ['get', 'set'].map((operation) => ({
      name: operation,
      contestants: [
        { name: 'libbpf', peer: 'libbpf', command: peers.libbpf.command('map-ops', object, quick ? 2 : 7, operation) },
        { name: 'objects', command: ours('map-ops', object, quick ? 2 : 7, operation) },
      ],
    })),
}
