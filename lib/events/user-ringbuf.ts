import { requireFunction, requireInstance, requireOptions, requireSignal } from '../arguments.js'
import { codecOptions } from '../btf/codec/options.js'
import { type Btf, type CodecOptions, compileCodec } from '../btf/index.js'
import { binding, type NativeUserRingBuffer } from '../internal/binding.js'
import { Handle } from '../internal/lifetime.js'
import { waitError } from '../internal/system-error.js'
import { BpfMap } from '../maps/map.js'
import { shareClass } from '../shared-class.js'
import { requireType } from './record-decoder.js'

/** Options for a `UserRingBuffer`: how records are encoded. */
export interface UserRingBufferOptions<T> extends CodecOptions {
  /** The C name of the records' struct, encoded with the object's BTF. Without it, a record is a `Uint8Array`. */
  readonly type?: string
  /** An encoder of your own. */
  readonly encode?: (record: T) => Uint8Array
  /** The BTF in which `type` is looked up. Default: the map's. */
  readonly btf?: Btf
}

/**
 * Writes to a user ring buffer (Linux 6.1). A program reads the records with `bpf_user_ringbuf_drain` when it runs. Only one writer may be
 * open at a time.
 */
export class UserRingBuffer<T = Uint8Array> extends Handle {
  readonly #native: NativeUserRingBuffer
  readonly #encode: (record: T) => Uint8Array
  readonly #name: string
  #endWait: (() => void) | undefined

  /**
   * Opens a writer.
   *
   * @throws {BpfError} EINVAL if the map is not a user ring buffer, EBUSY while another writer of it is open in this process.
   * @throws {RangeError} if the map's BTF does not have `type`.
   */
  constructor(map: BpfMap, options: UserRingBufferOptions<T> = {}) {
    requireInstance(map, BpfMap, 'map')
    requireOptions(options, { ...codecOptions, type: true, encode: true, btf: true })
    const encode = encoderFor(`user ring buffer ${map.name}`, { ...(map.btf && { btf: map.btf }), ...options })
    const native = binding.openUserRingBuffer(map.native)
    super(native, `the user ring buffer ${map.name}`)
    this.#native = native
    this.#encode = encode
    this.#name = map.name
  }

  /**
   * Writes a record for the next program that drains the buffer. Returns false if there is no room now: try again later, or use
   * `writeAsync`.
   *
   * @throws {BpfError} E2BIG if the record is larger than the whole buffer.
   */
  write(record: T): boolean {
    return this.#native.write(this.#encode(record))
  }

  /**
   * Writes a record once programs have made room for it. A program that drains with BPF_RB_NO_WAKEUP does not end the wait. An abort
   * rejects with the signal's reason, and the record is not written.
   *
   * @throws {BpfError} EBUSY while another `writeAsync` waits, since only one record may wait at a time. EBADF if it is closed meanwhile.
   */
  async writeAsync(record: T, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const signal = requireSignal(requireOptions(options, { signal: true }).signal)
    const bytes = this.#encode(record)
    for (;;) {
      signal?.throwIfAborted()
      // A drain after this is not missed: it wakes the wait.
      this.#native.forget()
      if (this.#native.write(bytes)) return
      await this.#drained(signal)
    }
  }

  /** Closes the writer, and ends a `writeAsync` that waits. */
  override close(): void {
    super.close()
    this.#endWait?.()
  }

  #drained(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        this.#endWait = undefined
        signal?.removeEventListener('abort', stop)
        settle()
      }
      const stop = () => {
        if (!this.closed) this.#native.cancel()
        end(resolve)
      }
      this.#native.wait((errno) => {
        end(() => (errno === 0 ? resolve() : reject(waitError(errno, `user ring buffer ${this.#name}`))))
      })
      this.#endWait = stop
      signal?.addEventListener('abort', stop)
    })
  }
}
shareClass(UserRingBuffer, 'UserRingBuffer')

function encoderFor<T>(
  what: string,
  { type, encode, btf, ...options }: UserRingBufferOptions<T>,
): (record: T) => Uint8Array {
  if (encode !== undefined) return requireFunction(encode, 'encode')
  if (type === undefined) return (record) => record as Uint8Array
  const codec = compileCodec<T>(...requireType(what, type, btf), options)
  return (record) => {
    const bytes = new Uint8Array(codec.size)
    codec.encode(record, new DataView(bytes.buffer), 0)
    return bytes
  }
}
