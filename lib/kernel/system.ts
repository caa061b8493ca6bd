import { binding } from '../internal/binding.js'

/** The version of libbpf that the addon is linked with, such as `1.7`. */
export function libbpfVersion(): string {
  return binding.libbpfVersion
}

/** The number of CPUs that the kernel can have. A per-CPU map holds this many values per key. */
export function possibleCpus(): number {
  return binding.possibleCpus()
}
