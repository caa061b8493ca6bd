import { binding, type NativeDescriptor } from '../internal/binding.js'
import { Handle } from '../internal/lifetime.js'
import { requiring } from './features.js'

/**
 * Makes the kernel count how often and how long every program runs (`ProgramInfo.runCount`, `runTime`), which costs each run some
 * tens of nanoseconds, until the handle is closed. `sysctl kernel.bpf_stats_enabled=1` does so for good. CAP_SYS_ADMIN.
 *
 * @throws {NotSupportedError} before Linux 5.8.
 */
export function enableStats(): KernelStats {
  return new KernelStats(requiring('run_stats', () => binding.enableStats()))
}

/** While it is open, the kernel counts runs of programs. */
export class KernelStats extends Handle {
  /** @internal */
  constructor(native: NativeDescriptor) {
    super(native, 'the kernel statistics')
  }
}
