import { ours } from './lib/contestant.mjs'

const object = 'benchmarks/ringbuf.bpf.o'

/** Records of 64 bytes written while they are read: the reader is on the second processor, the producers begin at the first. */
export const question = {
  name: 'ringbuf-live',
  title: 'Reading a ring buffer of 16 MiB while it is written',
  metrics: {
    written: { unit: 'records/s', more: true },
    delivered: { unit: 'records/s', more: true },
    lost: { unit: '%' },
    cpu: { unit: 'ns of CPU/record' },
    busy: { unit: '% of a processor' },
  },
  series({ peers: { libbpf }, quick }) {
    const loads = [
      { name: 'one at full speed', cpus: 1, records: 5_000_000, rate: 0, limits: { lost: 0, busy: 95 } },
      { name: 'two at full speed', cpus: 2, records: 5_000_000, rate: 0 },
      { name: '100,000 a second', cpus: 1, records: 100_000, rate: 100_000 },
      { name: '1,000,000 a second', cpus: 1, records: 1_000_000, rate: 1_000_000 },
      { name: 'two, each 1,000,000 a second', cpus: 2, records: 2_000_000, rate: 1_000_000 },
    ]
    return (quick ? loads.slice(0, 1) : loads).map(({ name, cpus, records, rate, limits }) => {
      const count = quick ? 1_000_000 : records
      const args = [object, 'emit_event', cpus, count, rate, libbpf.command('producer')[0]]
      return {
        name,
        contestants: [
          { name: 'libbpf', peer: 'libbpf', command: onSecond(libbpf.command('ringbuf-live', ...args)) },
          { name: 'batches', command: onSecond(ours('ringbuf-live', ...args)), limits },
        ],
      }
    })
  },
}

/** Pinned: a reader that is moved to the producer's processor measures the scheduler. */
export const onSecond = (command) => ['taskset', '-c', '1', ...command]
