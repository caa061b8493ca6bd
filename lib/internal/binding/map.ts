/** What the kernel says of a map, `struct bpf_map_info`; what it is too old for is 0. */
export interface NativeMapInfo {
  /** The kernel's, for as long as the map exists. */
  readonly id: number
  /** The C name: of a map that was not opened by its object the first 15 bytes, for the kernel keeps no more. */
  readonly name: string
  /** BPF_MAP_TYPE_*, as a number. */
  readonly type: number
  /** Bytes. */
  readonly keySize: number
  /** Bytes, of one CPU in a per-CPU map. */
  readonly valueSize: number
  /** Bytes of one value as user space sees it: of a per-CPU map, `valueSize` rounded up to 8, times the possible CPUs. */
  readonly userValueSize: number
  /** Entries; of a ring buffer its bytes, of an arena its pages. */
  readonly maxEntries: number
  /** BPF_F_* of BPF_MAP_CREATE. */
  readonly flags: number
  /** `map_extra`: of a bloom filter its hash functions, of an arena its address. */
  readonly extra: bigint
  /** The device that the map is offloaded to; 0 for none. */
  readonly ifindex: number
  /** Of the BTF that the next two are types in; 0 for none. */
  readonly btfId: number
  readonly btfKeyTypeId: number
  readonly btfValueTypeId: number
  /** Of a struct_ops map: the type of its value in the kernel's own BTF. */
  readonly btfVmlinuxValueTypeId: number
}

/**
 * A map's descriptor. Operations on one entry have its key and its value in `element`. Buffers that are given must have exactly the sizes of `info`, else RangeError: the kernel would write past them.
 * A batch holds `keys.length / keySize` entries at most; `values` must hold as many. With the flags of one CPU, or of one value for all
 * (lib/maps/one-cpu.ts), a value has `valueSize` bytes, else `userValueSize`.
 */
export interface NativeMap {
  readonly fd: number
  readonly info: NativeMapInfo
  /** A key, and behind it, at the next multiple of 8, a value: always the same memory. */
  readonly element: ArrayBuffer
  /** False when the key is absent. */
  lookup(flags: number): boolean
  lookupAndDelete(flags: number): boolean
  update(flags: number): void
  /** On the thread pool: an update of a map of maps waits a grace period. */
  updateAsync(key: Uint8Array, value: Uint8Array, flags: number): Promise<void>
  delete(): boolean
  /** Writes the key after `key` (the first when undefined) to `next`; false at the end. */
  nextKey(key: Uint8Array | undefined, next: Uint8Array): boolean
  /**
   * One step of a batch walk. `cursor` (at least 8 and `keySize` bytes) holds the place between steps; `first` starts anew.
   * Returns the entries written and whether the walk is over. ENOSPC is thrown when a bucket is larger than the buffers.
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
   * The map's pages. Unless they were asked for as writable, writing to them would end the process, so they then never leave
   * this package. Detached (length 0) by `close`.
   */
  readonly data: ArrayBuffer
  /**
   * Another ArrayBuffer of the same pages, for users: `close` does not detach it, and the pages stay mapped as long as anything holds
   * it, or what it was moved to, in whatever thread.
   */
  share(): ArrayBuffer
  close(): void
}
