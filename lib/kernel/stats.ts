import { binding, type NativeDescriptor } from '../internal/binding.js'
import { Handle } from '../internal/lifetime.js'
import { requiring } from './features.js'

/**
 * Makes the kernel count how often and how long every program runs (`ProgramInfo.runCount`, `runTime`), until the handle is closed. This
 * costs each run a few tens of nanoseconds. `sysctl kernel.bpf_stats_enabled=1` does the same permanently. Needs CAP_SYS_ADMIN.
 *
 * @throws {NotSupportedError} before Linux 5.8.
 */
export function enableStats(): KernelStats {
  return new KernelStats(requiring('run_stats', () => binding.enableStats()))
}

/** The handle from `enableStats`: while it is open, the kernel counts the runs of programs. */
export class KernelStats extends Handle {
  /** @internal */
  constructor(native: NativeDescriptor) {
    super(native, 'the kernel statistics')
  }
}
