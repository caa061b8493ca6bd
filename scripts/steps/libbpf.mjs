import { node } from '../lib/run.mjs'
import { step } from '../lib/step.mjs'

/** Fetches the pinned libbpf and verifies it. */
export const libbpf = () =>
  step({
    name: 'libbpf',
    inputs: ['fetch', 'origins', 'tree'].map((name) => `libbpf/${name}.mjs`),
    outputs: ['libbpf/source/src/libbpf.h'],
    run: () => node('libbpf/fetch.mjs', []),
  })
