/** What the kernel reports about a map, `struct bpf_map_info`. A field that the kernel is too old for is 0. */
export interface BpfMapInfo {
  /** The kernel's id of the map, valid as long as the map exists. */
  readonly id: number
  /** The C name; only the first 15 bytes if the map was not opened by its object, because the kernel keeps no more. */
  readonly name: string
  /** BPF_MAP_TYPE_*, as a number. */
  readonly type: number
  /** The size of a key in bytes. */
  readonly keySize: number
  /** The size of a value in bytes; in a per-CPU map, of the value of one CPU. */
  readonly valueSize: number
  /** The size of a value in user space: for a per-CPU map, `valueSize` rounded up to a multiple of 8, times the possible CPUs. */
  readonly userValueSize: number
  /** The maximum number of entries; for a ring buffer its size in bytes, for an arena in pages. */
  readonly maxEntries: number
  /** The BPF_F_* flags of BPF_MAP_CREATE. */
  readonly flags: number
  /** `map_extra`: for a bloom filter, the number of hash functions; for an arena, its address. */
  readonly extra: bigint
  /** The index of the device that the map is offloaded to; 0 for none. */
  readonly ifindex: number
  /** The id of the BTF with the types of key and value; 0 for none. */
  readonly btfId: number
  /** The id of the key's type in that BTF. */
  readonly btfKeyTypeId: number
  /** The id of the value's type in that BTF. */
  readonly btfValueTypeId: number
  /** For a struct_ops map, the type of its value in the kernel's own BTF. */
  readonly btfVmlinuxValueTypeId: number
}

/**
 * A map's descriptor. Operations on one entry use the key and the value in `element`. Buffers must have exactly the sizes of `info`,
 * otherwise RangeError: the kernel would write past them. A batch holds at most `keys.length / keySize` entries; `values` must hold as
 * many. With the flags for one CPU, or for one value for all CPUs (lib/maps/one-cpu.ts), a value has `valueSize` bytes, otherwise
 * `userValueSize`.
 */
export interface NativeMap {
  readonly fd: number
  readonly info: BpfMapInfo
  /** A key, followed by a value at the next multiple of 8: always the same memory. */
  readonly element: ArrayBuffer
  /** False if the key does not exist. */
  lookup(flags: number): boolean
  lookupAndDelete(flags: number): boolean
  update(flags: number): void
  /** On the thread pool: an update of a map of maps waits a grace period. */
  updateAsync(key: Uint8Array, value: Uint8Array, flags: number): Promise<void>
  delete(): boolean
  /** Writes the key after `key` (the first if undefined) to `next`; false at the end. */
  nextKey(key: Uint8Array | undefined, next: Uint8Array): boolean
  /**
   * One step of a batch walk. `cursor` (at least 8 bytes and `keySize` bytes) holds the position between steps; `first` starts from the
   * beginning. Returns the number of entries written and whether the walk is over. Throws ENOSPC if a bucket is larger than the buffers.
   */
  lookupBatch(
    cursor: Uint8Array,
    first: boolean,
    keys: Uint8Array,
    values: Uint8Array,
    andDelete: boolean,
    flags: number,
  ): { count: number; done: boolean }
  updateBatch(keys: Uint8Array, values: Uint8Array, count: number, flags: number): number
  deleteBatch(keys: Uint8Array, count: number): number
  freeze(): void
  close(): void
}

/** A map's values in this process. */
export interface NativeMapMemory {
  /**
   * The map's pages. Unless writable pages were requested, writing to them would crash the process; they then never leave this package.
   * `close` detaches it (length 0).
   */
  readonly data: ArrayBuffer
  /**
   * Another ArrayBuffer over the same pages, for users. `close` does not detach it: the pages stay mapped as long as anything references
   * it, or the ArrayBuffer it was transferred to, in any thread.
   */
  share(): ArrayBuffer
  close(): void
}
