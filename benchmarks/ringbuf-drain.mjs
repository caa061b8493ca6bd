import { ours } from './lib/contestant.mjs'
import { rivals } from './lib/peers.mjs'

const object = 'benchmarks/ringbuf.bpf.o'
const sizes = { 16: 'emit_small', 64: 'emit_event', 256: 'emit_medium', 1024: 'emit_large' }

/** A full ring of 16 MiB, filled by BPF_PROG_RUN, read to its end: how long a record takes. */
export const question = {
  name: 'ringbuf-drain',
  title: 'Draining a full ring buffer of 16 MiB',
  metrics: { time: { unit: 'ns/record' } },
  series({ peers, quick }) {
    const samples = quick ? 5 : 15
    const readers = ['libbpf', 'libbpf-rs', 'cilium/ebpf', 'bcc']
    const others = (program, fields) => rivals(peers, readers, 'ringbuf-drain', object, program, samples, fields)
    const mine = (level, program, targets) => ({
      name: level,
      command: ours('ringbuf-drain', object, program, samples, level),
      targets: { time: targets },
    })
    const oneField = Object.entries(sizes).map(([size, program]) => ({
      name: `${size} bytes`,
      contestants: [
        ...others(program, 'one'),
        mine('cursor', program, size === '64' ? { libbpf: 1.8, 'cilium/ebpf': 0.4 } : {}),
        mine('bytes', program),
      ],
    }))
    const decoded = {
      name: '8 fields',
      contestants: [
        ...others('emit_event', 'all'),
        mine('objects', 'emit_event', { libbpf: 4 }),
        mine('objects-int64', 'emit_timed_event', { libbpf: 8 }),
        mine('objects-number', 'emit_timed_event'),
        mine('read', 'emit_event'),
        mine('callback', 'emit_event'),
        mine('for-await', 'emit_event'),
      ],
    }
    return [...(quick ? oneField.slice(1, 2) : oneField), decoded]
  },
}
