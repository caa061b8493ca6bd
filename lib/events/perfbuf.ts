import { readFileSync } from 'node:fs'
import { requireInstance, requireIterable, requireOptions, show } from '../arguments.js'
import type { BpfError } from '../errors.js'
import { binding, type NativePerfBuffer } from '../internal/binding.js'
import { BpfMap } from '../maps/map.js'
import { shareClass } from '../shared-class.js'
import { Extent } from './extent.js'
import { RecordBatch } from './record-batch.js'
import { decoderFor, type RecordOptions, recordOptions } from './record-decoder.js'
import { RecordReader } from './record-reader.js'
import { Readers } from './records.js'

export interface PerfBufferSizes {
  /** Memory pages of each CPU's ring, a power of two. Default: 64, which is 256 KiB where pages have 4. */
  readonly pages?: number
  /** The CPUs to read from. Default: those that are online; one that comes later is not read. */
  readonly cpus?: readonly number[]
  /** Records of one CPU that end a wait: more of them make fewer wake-ups, and the last ones wait longer. Default: 1. */
  readonly wakeupEvents?: number
}

export interface PerfBufferOptions<T> extends RecordOptions<T>, PerfBufferSizes {}

// A record of perf has at most 64 KiB; more room makes fewer crossings.
const leastRoom = 65_536
const mostRoom = 1_048_576

/**
 * The reader of a perf event array, which `bpf_perf_event_output` writes to: one ring for each CPU, on every kernel that this
 * package supports. Records of one CPU are in order, those of several are not; each is copied once out of its ring. The kernel pads
 * a record: its length is a multiple of 8 less 4.
 */
export class PerfBuffer<T = Uint8Array> extends RecordReader<T> {
  readonly #native: NativePerfBuffer
  readonly #buffer: Uint8Array
  readonly #view: DataView
  readonly #readers: Readers<T>
  /** What was read and not reached. */
  #start = 0
  #end = 0

  /**
   * Needs CAP_PERFMON, or CAP_SYS_ADMIN before Linux 5.8.
   *
   * @throws {BpfError} EINVAL when the map is no perf event array or `pages` no power of two, ENODEV for a CPU that is offline, EBUSY
   *   while another reader of one of the CPUs is open in this process.
   * @throws {RangeError} for a CPU that is no number or named twice, and when the map's BTF has no such `type`.
   */
  constructor(map: BpfMap, options: PerfBufferOptions<T> = {}) {
    requireInstance(map, BpfMap, 'map')
    requireOptions(options, { ...recordOptions, pages: true, cpus: true, wakeupEvents: true })
    const what = `perf buffer ${map.name}`
    const { pages = 64, cpus = onlineCpus(map.maxEntries), wakeupEvents = 1, ...record } = options
    const decoding = decoderFor(what, { ...(map.btf && { btf: map.btf }), ...record })
    const native = binding.openPerfBuffer(map.native, { pages, cpus: cpuNumbers(cpus, what), wakeupEvents })
    super(native, what)
    this.#native = native
    this.#buffer = new Uint8Array(Math.min(mostRoom, Math.max(2 * leastRoom, pages * 4096 * cpus.length)))
    this.#view = new DataView(this.#buffer.buffer)
    this.#readers = new Readers(this.#view, decoding)
  }

  /** Whoever kept a cursor reads nothing by it from here on. */
  override close(): void {
    this.#readers.release()
    super.close()
  }

  /**
   * Records that are missing, by the number of the CPU that wrote them. Its ring was full: the kernel reports a loss when it next has
   * room, so the count is right once a later record was read. Or a sample was larger than perf has a size for, which is 65,516
   * bytes; the kernel does not refuse it, but cuts it off. One of 65,517 to 65,524 bytes leaves no trace to be counted.
   */
  lost(): Map<number, bigint> {
    return new Map(this.#native.lost().map(({ cpu, lost }) => [cpu, lost]))
  }

  /** @internal */
  acquire(limit: number): RecordBatch<T> {
    if (this.#start === this.#end) {
      const room = limit === 0 ? this.#buffer : this.#buffer.subarray(0, Math.max(leastRoom, limit))
      this.#start = 0
      this.#end = this.#native.read(room)
    }
    return new RecordBatch(new Extent(this.#view, this.#start, this.#end, true), this.#readers, (given) => {
      this.#start += given
    })
  }

  /** @internal The kernel forgets a wake-up once anybody has asked for it, which beginning to wait does: so this looks once more. */
  protected override beginWait(end: (error?: BpfError) => void): void {
    super.beginWait(end)
    setImmediate(() => {
      if (this.waits(end) && (this.#start < this.#end || !this.#native.empty())) end()
    })
  }
}
shareClass(PerfBuffer, 'PerfBuffer')

function cpuNumbers(cpus: readonly number[], what: string): Uint32Array {
  for (const cpu of requireIterable(cpus, `${what}: cpus`)) {
    if (!Number.isInteger(cpu) || cpu < 0 || cpu > 0x7fff_ffff) {
      throw new RangeError(`${what}: a CPU is an integer from 0, not ${show(cpu)}`)
    }
  }
  if (new Set(cpus).size < cpus.length) throw new RangeError(`${what}: a CPU is named twice: ${cpus.join(', ')}`)
  return Uint32Array.from(cpus)
}

/** `0-3,5`: those below `limit`, the entries that the map has. */
function onlineCpus(limit: number): number[] {
  const ranges = readFileSync('/sys/devices/system/cpu/online', 'utf8').trim().split(',')
  return ranges
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number)
      return Array.from({ length: last - first + 1 }, (_, i) => first + i)
    })
    .filter((cpu) => cpu < limit)
}
