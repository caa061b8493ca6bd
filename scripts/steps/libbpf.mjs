import { node } from '../lib/run.mjs'
import { step } from '../lib/step.mjs'

/** Fetches the pinned libbpf, libelf and zlib and verifies them. */
export const libbpf = () =>
  step({
    name: 'libbpf',
    inputs: ['fetch', 'fixes', 'origins', 'sources', 'tree'].map((name) => `libbpf/${name}.mjs`),
    outputs: ['libbpf/include/bpf/libbpf.h'],
    run: () => node('libbpf/fetch.mjs', []),
  })
