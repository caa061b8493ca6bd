/** Something that an event loop can wait for. A second wait throws EBUSY. */
export interface NativeWaitable {
  /** Calls back once, from the event loop, with an errno or 0. Keeps the loop alive until then. */
  wait(onReady: (errno: number) => void): void
  /** Ends a wait without calling back. */
  cancel(): void
}

/** The rings of a perf event array, one per CPU. */
export interface NativePerfBuffer extends NativeWaitable {
  /**
   * Moves raw records of all rings to `to`, which must have at least 65536 bytes, as long as they fit, and returns the number of bytes.
   * Each record has a header of its length and its CPU, 4 bytes each, and is padded to 8 bytes.
   *
   * A wait ends when a record is written *after* the event loop has started to wait, which is later than when `wait` returns: the kernel
   * forgets a wake-up once anyone has polled for it (perf_poll of kernel/events/core.c). So check `empty` then.
   */
  read(to: Uint8Array): number
  empty(): boolean
  /** The number of records that each CPU could not write, as far as the kernel has reported it by now. */
  lost(): { cpu: number; lost: bigint }[]
  close(): void
}

/** The producer side of a user ring buffer. */
export interface NativeUserRingBuffer extends NativeWaitable {
  /** False if there is no room now. */
  write(record: Uint8Array): boolean
  /** A later `wait` ends if a program drains the ring after this call. */
  forget(): void
  close(): void
}

/** The consumer side of a ring buffer map, mapped into this process. */
export interface NativeRingBuffer extends NativeWaitable {
  /**
   * The data pages, mapped twice in a row, so that no record is ever split: `2 * size` bytes. The mapping is read-only: writing to it would
   * crash the process, so it never leaves this package. `close` detaches it (length 0).
   */
  readonly data: ArrayBuffer
  /** The size of the ring in bytes, a power of two. */
  readonly size: number
  /**
   * Returns the number of committed bytes at the consumer's position, including headers: at most `limit` (0: no limit), but at least one
   * whole record if there is one. They start at `data[offset]`. A record that is still being written ends them.
   */
  acquire(limit: number): number
  /** As `acquire(0)`, but up to the producer's position: the caller must stop at the first record that is still being written. */
  reserved(): number
  /** Where the bytes of the last `acquire` or `reserved` start in `data`. */
  readonly offset: number
  /** Returns the first `bytes` of the acquired bytes to the kernel. */
  release(bytes: number): void
  /** The kernel's positions: bytes produced and consumed since the ring was created. */
  positions(): { producer: bigint; consumer: bigint }
  close(): void
}

/**
 * An rtnetlink(7) socket of one network namespace, and keeps that namespace alive. After an overrun, a wait ends with EBADF (libuv's code
 * for all errors of a descriptor), and `receive` throws ENOBUFS once.
 */
export interface NativeNetlink extends NativeWaitable {
  send(message: Uint8Array): void
  /** Receives one datagram from the kernel; 0 if there is none now. If it does not fit, throws EMSGSIZE, and the datagram is lost. */
  receive(to: Uint8Array): number
  /** From now on, waits do not keep the process alive. */
  unref(): void
  close(): void
}
