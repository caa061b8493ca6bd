/** What an event loop can wait for. Waiting twice throws EBUSY. */
export interface NativeWaitable {
  /** Calls back once, from the event loop, with an errno or 0; keeps the loop alive meanwhile. */
  wait(onReady: (errno: number) => void): void
  /** Ends a wait without calling back. */
  cancel(): void
}

/** The rings of a perf event array, one for each CPU. */
export interface NativePerfBuffer extends NativeWaitable {
  /**
   * Moves raw samples of all rings to `to`, which has 65536 bytes at least, as long as they fit, and returns the bytes: each a
   * header of its length and its CPU, 4 bytes each, and the sample, padded to 8 bytes.
   *
   * A wait ends when a record is written *after* the event loop has begun it, which is not when `wait` returns: the
   * kernel forgets a wake-up once anybody has asked for it (perf_poll of kernel/events/core.c). Look at `empty` then.
   */
  read(to: Uint8Array): number
  empty(): boolean
  /** Records that each CPU could not write, as far as the kernel has said so by now. */
  lost(): { cpu: number; lost: bigint }[]
  close(): void
}

/** The producer's side of a user ring buffer. */
export interface NativeUserRingBuffer extends NativeWaitable {
  /** False when there is no room now. */
  write(record: Uint8Array): boolean
  /** A `wait` ends when a program drains the ring after this. */
  forget(): void
  close(): void
}

/** The consumer's side of one ring buffer map, mapped into this process. */
export interface NativeRingBuffer extends NativeWaitable {
  /**
   * The data pages, mapped twice in a row, so that no record is ever split: `2 * size` bytes. The mapping is read-only:
   * writing to it would end the process, so it never leaves this package. Detached (length 0) by `close`.
   */
  readonly data: ArrayBuffer
  /** Bytes of the ring, a power of two. */
  readonly size: number
  /**
   * Returns the committed bytes at the consumer's position, headers included, at most `limit` (0: no limit) but at least one
   * whole record where there is one. They begin at `data[offset]`. Records that are being written end the run.
   */
  acquire(limit: number): number
  /** As `acquire(0)`, up to the producer's position: the caller has to stop at the first record that is still being written. */
  reserved(): number
  /** Where the last `acquire` or `reserved` begins in `data`. */
  readonly offset: number
  /** Gives the first `bytes` of what was acquired back to the kernel. */
  release(bytes: number): void
  /** Positions as the kernel sees them: bytes produced and consumed since the ring was made. */
  positions(): { producer: bigint; consumer: bigint }
  close(): void
}

/**
 * An rtnetlink(7) socket of one network namespace, which lives at least as long as the socket. An overrun ends a wait with EBADF
 * (libuv's for every error of a descriptor), and `receive` throws ENOBUFS once.
 */
export interface NativeNetlink extends NativeWaitable {
  send(message: Uint8Array): void
  /** One datagram of the kernel's; 0 when there is none now. Throws EMSGSIZE, and it is lost, when it does not fit. */
  receive(to: Uint8Array): number
  /** Waits no longer keep the process alive. */
  unref(): void
  close(): void
}
