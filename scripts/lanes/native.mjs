import { runAva } from '../lib/ava.mjs'

/** Tests the parts of the addon that need no privilege. */
export const native = {
  needs: { dist: true, tests: true, bpf: true, addon: true },
  run: async () => [await runAva('native')],
}
