import { release } from 'node:os'
import { runAva } from '../lib/ava.mjs'
import { inRoot } from '../lib/root.mjs'
import { run as command } from '../lib/run.mjs'
import { sanitizedRoot } from '../steps/addon.mjs'
import { kernel, mountedWrapper } from './kernel.mjs'

/**
 * Runs the fuzzer, and the native and kernel lanes again, with AddressSanitizer and UndefinedBehaviorSanitizer in the addon. It
 * takes several minutes, so `npm test` leaves it out.
 */
export const sanitize = {
  check: kernel.check,
  needs: { ...kernel.needs, sanitized: true },
  async run() {
    const env = await environment()
    const outcomes = []
    for (const lane of ['fuzz', 'native', 'kernel']) {
      outcomes.push({
        lane: `${lane}, sanitized`,
        kernel: release(),
        ...(await runAva(lane, { wrapper: mountedWrapper, env })),
      })
    }
    return outcomes
  },
}

/** Node itself is not instrumented, so the runtime library must be loaded before it. Node's leaks at exit are not ours. */
async function environment() {
  const runtime = await command('gcc', ['-print-file-name=libasan.so'])
  return {
    LD_PRELOAD: runtime.trim(),
    ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=0:allocator_may_return_null=1',
    UBSAN_OPTIONS: 'print_stacktrace=1',
    EBPF_PREBUILD: inRoot(sanitizedRoot),
  }
}
