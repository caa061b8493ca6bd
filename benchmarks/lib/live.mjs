import { ours } from './contestant.mjs'

/**
 * The readers of what `cpus` producers write, `records` in all, each producer `rate` a second or, at 0, as fast as it can: commands
 * by name. They are pinned to the second processor, since one that is moved to the producer's measures the scheduler.
 */
export function liveReaders({ libbpf }, program, { cpus = 1, records, rate }) {
  const args = ['benchmarks/ringbuf.bpf.o', program, cpus, records, rate, libbpf.command('producer')[0]]
  const pinned = (command) => ['taskset', '-c', '1', ...command]
  return {
    libbpf: pinned(libbpf.command('ringbuf-live', ...args)),
    ours: pinned(ours('ringbuf-live', ...args)),
  }
}
