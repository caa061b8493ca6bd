import { ours } from './contestant.mjs'

/**
 * The readers of what `cpus` producers write, `records` in all, each producer `rate` a second or, at 0, as fast as it can: commands
 * by name. The thread that reads is pinned to the second processor, since one that is moved to the producer's measures the scheduler;
 * ours does so itself, because V8's own threads must not take their time from it.
 */
export function liveReaders({ libbpf }, program, { cpus = 1, records, rate }) {
  const args = ['benchmarks/ringbuf.bpf.o', program, cpus, records, rate, libbpf.command('producer')[0]]
  return {
    libbpf: ['taskset', '-c', '1', ...libbpf.command('ringbuf-live', ...args)],
    ours: ours('ringbuf-live', ...args),
  }
}
