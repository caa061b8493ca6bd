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

/** The size of a perf buffer, and when it wakes its reader. */
export interface PerfBufferSizes {
  /** Memory pages per CPU's ring, a power of two. Default: 64, which is 256 KiB with pages of 4 KiB. */
  readonly pages?: number
  /** The CPUs to read from. A CPU that comes online later is not read. Default: those that are online. */
  readonly cpus?: readonly number[]
  /**
   * Wakes the process only after this many records of one CPU; fewer stay in the buffer until then. A higher number means fewer
   * wake-ups. Default: 1.
   */
  readonly wakeupEvents?: number
}

/** Options for a `PerfBuffer`. */
export interface PerfBufferOptions<T> extends RecordOptions<T>, PerfBufferSizes {}

// A perf record has at most 64 KiB. More room means fewer crossings between JavaScript and C++.
const leastRoom = 65_536
const mostRoom = 1_048_576

/**
 * Reads a perf event array, which programs write to with `bpf_perf_event_output`. It has one ring per CPU, and works on every kernel that
 * this package supports. Records of one CPU are in order, but records of different CPUs are not. Each record is copied once, out of its
 * ring. The kernel pads records: the length is always 4 less than a multiple of 8.
 */
export class PerfBuffer<T = Uint8Array> extends RecordReader<T> {
  readonly #native: NativePerfBuffer
  readonly #buffer: Uint8Array
  readonly #view: DataView
  readonly #readers: Readers<T>
  /** The part of the buffer that was read from the rings, but not reached by the caller yet. */
  #start = 0
  #end = 0

  /**
   * Opens a reader. Needs CAP_PERFMON, or CAP_SYS_ADMIN before Linux 5.8.
   *
   * @throws {BpfError} EINVAL if the map is not a perf event array or `pages` is not a power of two, ENODEV if a CPU is offline, EBUSY
   *   while another reader of one of the CPUs is open in this process.
   * @throws {RangeError} if a CPU is not a number or is given twice, and if the map's BTF does not have `type`.
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

  /** Closes the reader. A cursor that was kept can no longer be used. */
  override close(): void {
    this.#readers.release()
    super.close()
  }

  /**
   * The number of lost records, by the CPU that wrote them. A record is lost if its CPU's ring is full; the kernel reports this when the
   * ring has room again, so the count is right once a later record was read. A record is also lost if it is larger than perf's limit of
   * 65,516 bytes: the kernel accepts but truncates it. A record of 65,517 to 65,524 bytes leaves no trace and cannot be counted.
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

  /** @internal Starting to wait makes the kernel forget a pending wake-up, as any poll does: so this checks for records once more. */
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

/** Parses a list such as `0-3,5`, and returns the CPUs below `limit`, the map's number of entries. */
function onlineCpus(limit: number): number[] {
  const ranges = readFileSync('/sys/devices/system/cpu/online', 'utf8').trim().split(',')
  return ranges
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number)
      return Array.from({ length: last - first + 1 }, (_, i) => first + i)
    })
    .filter((cpu) => cpu < limit)
}
