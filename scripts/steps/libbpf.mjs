import { node } from '../lib/run.mjs'
import { step } from '../lib/step.mjs'

/** Fetches the pinned libbpf, libelf and zlib and verifies them. */
export const libbpf = () =>
  step({
    name: 'libbpf',
    inputs: ['fixes', ...['fetch', 'fixes', 'origins', 'sources', 'tree'].map((name) => `${name}.mjs`)].map(
      (path) => `libbpf/${path}`,
    ),
    outputs: ['libbpf/include/bpf/libbpf.h'],
    run: () => node('libbpf/fetch.mjs', []),
  })
