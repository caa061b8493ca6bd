import { liveReaders } from './lib/live.mjs'

/** From the clock read before a record is submitted to the reader's callback. */
export const question = {
  name: 'ringbuf-latency',
  title: 'How late a record is read',
  plotted: 'p99',
  metrics: { p50: { unit: 'µs' }, p99: { unit: 'µs' }, 'p99.9': { unit: 'µs' } },
  series({ peers, quick }) {
    const loads = [
      { name: 'idle, 500 a second', records: quick ? 500 : 2000, rate: 500, targets: { p99: { libbpf: 1.5 } } },
      { name: 'loaded, 100,000 a second', records: quick ? 50_000 : 200_000, rate: 100_000 },
    ]
    return loads.map(({ name, targets, ...load }) => {
      const { libbpf, ours } = liveReaders(peers, 'emit_small', load)
      return {
        name,
        contestants: [
          { name: 'libbpf', peer: 'libbpf', command: libbpf },
          { name: 'batches', command: ours, targets },
        ],
      }
    })
  },
}
