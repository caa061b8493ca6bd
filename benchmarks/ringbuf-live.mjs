import { liveReaders } from './lib/live.mjs'

/** Records of 64 bytes written while they are read: the reader is on the second processor, the producers begin at the first. */
export const question = {
  name: 'ringbuf-live',
  title: 'Reading a ring buffer of 16 MiB while it is written',
  plotted: 'cpu',
  metrics: {
    written: { unit: 'records/s', more: true },
    delivered: { unit: 'records/s', more: true },
    lost: { unit: '%' },
    cpu: { unit: 'ns of CPU/record' },
    busy: { unit: '% of a processor' },
  },
  series({ peers, quick }) {
    const loads = [
      { name: 'one at full speed', records: 5_000_000, rate: 0, limits: { lost: 0, busy: 95 } },
      { name: 'two at full speed', cpus: 2, records: 5_000_000, rate: 0 },
      { name: '100,000 a second', records: 100_000, rate: 100_000 },
      { name: '1,000,000 a second', records: 1_000_000, rate: 1_000_000 },
      { name: 'two, each 1,000,000 a second', cpus: 2, records: 2_000_000, rate: 1_000_000 },
    ]
    return (quick ? [{ ...loads[0], records: 1_000_000 }] : loads).map(({ name, limits, ...load }) => {
      const { libbpf, ours } = liveReaders(peers, 'emit_event', load)
      return {
        name,
        contestants: [
          { name: 'libbpf', peer: 'libbpf', command: libbpf },
          { name: 'batches', command: ours, limits },
        ],
      }
    })
  },
}
