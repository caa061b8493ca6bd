import { isKeyOf, requireIterable, show } from '../arguments.js'

// include/uapi/linux/bpf.h: BPF_F_*, without those that have an option of their own
const flags = {
  /** Memory is allocated when entries are added, not all at once. LPM tries and local storage always have this flag. */
  no_prealloc: 1 << 0,
  /** One LRU list per CPU. */
  no_common_lru: 1 << 1,
  /** The descriptor can only read. */
  rdonly: 1 << 3,
  /** The descriptor can only write. */
  wronly: 1 << 4,
  stack_build_id: 1 << 5,
  /** The hash function has no random seed: for tests and benchmarks. */
  zero_seed: 1 << 6,
  /** Programs can only read. */
  rdonly_prog: 1 << 7,
  /** Programs can only write. */
  wronly_prog: 1 << 8,
  /** A socket's storage is copied to sockets accepted from it. */
  clone: 1 << 9,
  /** The map's memory can be shared with `view`. Linux 5.5. */
  mmapable: 1 << 10,
  /** Events stay in a perf event array after the descriptor that put them there is closed. Linux 5.10. */
  preserve_elems: 1 << 11,
  /** The inner maps of an array of maps may differ in size. Linux 5.10. */
  inner_map: 1 << 12,
} as const

/** A flag for `createMap`: the kernel's BPF_F_* constant in lower case, without the prefix. */
export type MapFlag = keyof typeof flags

/** @throws {TypeError} for an unknown flag. */
export function flagBits(names: readonly MapFlag[]): number {
  let bits = 0
  for (const name of requireIterable(names, 'flags')) {
    if (!isKeyOf(flags, name)) {
      throw new TypeError(`a map's flags are of ${Object.keys(flags).join(', ')}, not ${show(name)}`)
    }
    bits |= flags[name]
  }
  return bits
}
