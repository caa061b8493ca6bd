import { binding } from '../internal/binding.js'

/** The version of the libbpf that is linked in, `1.7`. */
export function libbpfVersion(): string {
  return binding.libbpfVersion
}

/** How many CPUs the kernel can have: the number of values that a per-CPU map holds for each key. */
export function possibleCpus(): number {
  return binding.possibleCpus()
}
