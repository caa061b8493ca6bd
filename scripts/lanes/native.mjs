import { runAva } from '../lib/ava.mjs'

/** The addon, as far as it needs no privilege. */
export const native = {
  needs: { dist: true, tests: true, bpf: true, addon: true },
  run: async () => [await runAva('native')],
}
