import { runAva } from '../lib/ava.mjs'

/** Tests the pure code: no addon, no kernel, no privilege. */
export const unit = {
  needs: { dist: true, tests: true, bpf: true },
  run: async () => [await runAva('unit')],
}
