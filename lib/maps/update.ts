import { isKeyOf, type OptionNames, requireOptions, show } from '../arguments.js'

/** `any` creates or overwrites an entry. `noexist` only creates (otherwise EEXIST), `exist` only overwrites (otherwise ENOENT). */
export type UpdateMode = 'any' | 'noexist' | 'exist'

/** Options for reading a value. */
export interface LookupOptions {
  /** Holds the value's `bpf_spin_lock` meanwhile (BPF_F_LOCK); EINVAL if the value has none. Default: false. Linux 5.1. */
  readonly lock?: boolean
}

/** Options for setting a value. */
export interface UpdateOptions extends LookupOptions {
  /** Whether the entry may or must exist already. Default: `any`. */
  readonly mode?: UpdateMode
}

const updateOptions: OptionNames<UpdateOptions> = { mode: true, lock: true }

// include/uapi/linux/bpf.h: BPF_ANY, BPF_NOEXIST, BPF_EXIST, BPF_F_LOCK
const updateModes: Record<UpdateMode, number> = { any: 0, noexist: 1, exist: 2 }
const lockFlag = 4

/** @throws {TypeError} for an unknown mode. */
export function flagsOf(options: UpdateMode | UpdateOptions): number {
  const { mode = 'any', lock = false } =
    typeof options === 'string' ? { mode: options } : requireOptions(options, updateOptions)
  if (!isKeyOf(updateModes, mode)) throw new TypeError(`a mode of update is any, noexist or exist, not ${show(mode)}`)
  const flags = updateModes[mode]
  if (typeof lock !== 'boolean') throw new TypeError(`lock must be a boolean, not ${show(lock)}`)
  return lock ? flags | lockFlag : flags
}
