import { type OptionNames, requireOptions, requireSignal } from '../arguments.js'
import { codecOptions, overDefaults } from '../btf/codec/options.js'
import { type Btf, type CodecOptions, compileCodec } from '../btf/index.js'
import { defined } from '../defined.js'
import { requireType } from '../events/record-decoder.js'
import { binding, type NativeIterator, type NativeLink } from '../internal/binding.js'
import { bpfError } from '../internal/bpf-error.js'
import { Handle } from '../internal/lifetime.js'
import { viewOf } from '../internal/view-of.js'
import { nativeNetns } from '../net/namespace.js'
import type { Path } from '../path.js'
import { shareClass } from '../shared-class.js'
import { Link } from './link.js'

/** Options of each iteration. */
export interface IterateOptions {
  /** Ends the iteration without an error, after what has been read. */
  readonly signal?: AbortSignal
  /**
   * The network namespace to iterate over, by its file, such as `/proc/PID/ns/net`, or its name. For `iter/tcp`, `iter/udp`,
   * `iter/unix`, `iter/netlink` and `iter/ipv6_route`. It needs CAP_SYS_ADMIN. Default: the caller's namespace.
   */
  readonly netns?: Path
}

/** Options of `IteratorLink.records`. */
export interface IterateRecordsOptions extends IterateOptions, CodecOptions {
  /** The C name, in the object's BTF, of the struct that the program writes with `bpf_seq_write`. */
  readonly type: string
}

const iterateOptions: OptionNames<IterateOptions> = { signal: true, netns: true }
const recordsOptions: OptionNames<IterateRecordsOptions> = { ...iterateOptions, ...codecOptions, type: true }

/** The types of an object, and how its values are decoded. */
export interface ObjectDecoding {
  /** The object's own types; undefined if it was compiled without `-g`. */
  readonly btf?: Btf | undefined
  /** The object's default decoding options: `OpenOptions.decode`. */
  readonly decode?: CodecOptions
}

/**
 * The link of an iterator. Each call of its methods runs the iterator again from the start, and reads what the program writes off the
 * main thread. Leaving a loop early ends that iteration.
 */
export class IteratorLink extends Link {
  readonly #native: NativeLink
  readonly #types: ObjectDecoding

  /** @internal */
  constructor(native: NativeLink, program: string, types: ObjectDecoding) {
    super(native, 'iter', program)
    this.#native = native
    this.#types = types
  }

  /**
   * Yields the bytes as the kernel returns them, at most 8 pages at once. `Readable.from(link.chunks())` makes a stream of them.
   *
   * @throws {BpfError} E2BIG if the program writes more than 8 pages for one object.
   */
  async *chunks(options: IterateOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const { netns } = nativeNetns(requireOptions(options, iterateOptions))
    const signal = requireSignal(options.signal)
    using walk = new Walk(this.#native, this.program, netns)
    while (!signal?.aborted) {
      const chunk = await walk.read()
      if (chunk.length === 0) return
      yield chunk
    }
  }

  /** Returns everything that the program prints (`bpf_seq_printf`), decoded as UTF-8. */
  async text(options: IterateOptions = {}): Promise<string> {
    const decoder = new TextDecoder()
    let text = ''
    for await (const chunk of this.chunks(options)) text += decoder.decode(chunk, { stream: true })
    return text + decoder.decode()
  }

  /** Yields what the program prints, line by line, without the line feeds. */
  async *lines(options: IterateOptions = {}): AsyncGenerator<string, void, undefined> {
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of this.chunks(options)) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
    rest += decoder.decode()
    if (rest !== '') yield rest
  }

  /**
   * Yields the structs that the program writes, decoded.
   *
   * @throws {RangeError} if the object's BTF has no such type, or the type's size is 0.
   * @throws {BpfError} EBADMSG if the output ends in the middle of a struct: the program also writes something else.
   */
  async *records<T = unknown>(options: IterateRecordsOptions): AsyncGenerator<T, void, undefined> {
    const { type, signal, netns, ...how } = requireOptions(options, recordsOptions)
    const { btf, decode = {} } = this.#types
    const what = `iterator ${this.program}`
    const codec = compileCodec<T>(...requireType(what, type, btf), overDefaults(decode, how))
    if (codec.size === 0) throw new RangeError(`${what}: type '${type}' has no size`)
    let rest = new Uint8Array(0)
    for await (const chunk of this.chunks(defined({ signal, netns }))) {
      const bytes = concat(rest, chunk)
      const view = viewOf(bytes)
      let at = 0
      for (; at + codec.size <= bytes.length; at += codec.size) yield codec.decode(view, at, codec.size)
      rest = bytes.slice(at)
    }
    if (rest.length > 0 && !signal?.aborted) {
      const message = `${what} wrote ${rest.length} bytes at the end, less than a whole ${type} of ${codec.size} bytes`
      throw bpfError('EBADMSG', `read ${what}`, message)
    }
  }
}
shareClass(IteratorLink, 'IteratorLink')

/** One iteration. If its generator is abandoned before the end, both are garbage-collected. */
class Walk extends Handle {
  readonly #native: NativeIterator

  constructor(link: NativeLink, program: string, netns: string | undefined) {
    const native = binding.openIterator(link, netns === undefined ? {} : { netns })
    super(native, `a walk of iterator ${program}`)
    this.#native = native
  }

  read(): Promise<Uint8Array> {
    return this.#native.read()
  }
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}
