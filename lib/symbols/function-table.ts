import { viewOf } from '../internal/view-of.js'
import type { ElfFile, Section, Segment } from './elf-file.js'
import type { Steps } from './steps.js'

const sectionType = { symtab: 2, dynsym: 11 }
const segmentType = { load: 1 }
const symbolType = { func: 2, ifunc: 10 }
const binding = { local: 0, weak: 2 }

// Limits on what a file may cost, whatever its headers say. Chromium with all its symbols, one of the largest programs, has 36 MB of
// symbols and 150 MB of names.
const mostSymbolBytes = 48 << 20
const mostBytes = 200 << 20
const mostLoaded = 64
// Below this number of keys, a comparison sort is faster than counting 65,536 digits.
const fewKeys = 4096
const longestName = 65_536
// Nested functions; hand-written assembly has two or three levels.
const deepestNesting = 256
const bytesOfSymbol = 26
/** Symbols to process between two pauses, a power of two. */
const pauseAfter = 4096

/** Symbols in columns, because a large program has a million of them: objects would take ten times the memory and time. */
class Symbols {
  readonly starts: Uint32Array
  readonly sizes: Float64Array
  readonly nameAt: Uint32Array
  readonly table: Uint8Array
  /** Decides which of several names for one function to show. */
  readonly rank: Uint8Array
  count = 0

  constructor(most: number) {
    this.starts = new Uint32Array(most)
    this.sizes = new Float64Array(most)
    this.nameAt = new Uint32Array(most)
    this.table = new Uint8Array(most)
    this.rank = new Uint8Array(most)
  }
}

interface Table {
  readonly symbols: DataView
  readonly names: Buffer
}

/** The functions of an ELF file by file offset, from `.symtab` and `.dynsym`. */
export class FunctionTable {
  /** The number of functions. */
  readonly count: number
  /** How many bytes of memory it uses. */
  readonly bytes: number
  readonly #loaded: readonly Segment[]
  readonly #tables: readonly Table[]
  readonly #symbols: Symbols
  /** The symbols in order of offset, one per offset. */
  readonly #order: Uint32Array
  /** By index in `#order`: the index of the enclosing function, plus 1; 0 if there is none. */
  readonly #around: Uint32Array

  static *read(file: ElfFile, segments: readonly Segment[]): Steps<FunctionTable> {
    const loaded = segments.filter(({ type }) => type === segmentType.load).slice(0, mostLoaded)
    const tables = yield* tablesOf(file)
    const most = Math.floor(tables.reduce((sum, { symbols }) => sum + symbols.byteLength / file.symbolSize, 0))
    const symbols = new Symbols(most)
    for (const [i, table] of tables.entries()) yield* add(symbols, file, loaded, table, i)
    const order = yield* oneForEachStart(symbols)
    return new FunctionTable(loaded, tables, symbols, order, yield* functionsAround(symbols, order), most)
  }

  private constructor(
    loaded: readonly Segment[],
    tables: readonly Table[],
    symbols: Symbols,
    order: Uint32Array,
    around: Uint32Array,
    most: number,
  ) {
    this.#loaded = loaded
    this.#tables = tables
    this.#symbols = symbols
    this.#order = order
    this.#around = around
    this.count = symbols.count
    this.bytes = tables.reduce((sum, { names }) => sum + names.length, 0) + most * bytesOfSymbol
  }

  /** The function that contains the byte at that offset in the file. */
  resolve(fileOffset: number): { name: string; offset: number } | undefined {
    const segment = this.#loaded.find(({ offset, fileSize }) => fileOffset >= offset && fileOffset < offset + fileSize)
    if (!segment) return undefined
    const { starts, sizes } = this.#symbols
    const startOf = (place: number) => starts[this.#order[place] as number] as number
    let from = 0
    let to = this.#order.length
    while (from < to) {
      const middle = (from + to) >>> 1
      if (startOf(middle) <= fileOffset) from = middle + 1
      else to = middle
    }
    // After the end of a nested function, the byte belongs to the enclosing one.
    for (let depth = 0, place = from; place > 0 && depth < deepestNesting; depth++) {
      const symbol = this.#order[place - 1] as number
      const offset = fileOffset - (starts[symbol] as number)
      const size = sizes[symbol] as number
      // A function without a size extends to the next one.
      if (offset < size || (size === 0 && place === from)) return { name: this.#nameOf(symbol), offset }
      place = this.#around[place - 1] as number
    }
    return undefined
  }

  /** The names of all functions. */
  *names(): Generator<string, void> {
    for (let symbol = 0; symbol < this.count; symbol++) yield this.#nameOf(symbol)
  }

  #nameOf(symbol: number): string {
    const { names } = this.#tables[this.#symbols.table[symbol] as number] as Table
    const at = this.#symbols.nameAt[symbol] as number
    const text = names.subarray(at, at + longestName)
    const end = text.indexOf(0)
    return text.toString('utf8', 0, end === -1 ? undefined : end)
  }
}

function* add(
  to: Symbols,
  file: ElfFile,
  loaded: readonly Segment[],
  { symbols, names }: Table,
  table: number,
): Steps<void> {
  const { wide, symbolSize } = file
  const [typeAt, sectionAt, valueAt, sizeAt] = wide ? [4, 6, 8, 16] : [12, 14, 4, 8]
  for (let at = 0, i = 1; at + symbolSize <= symbols.byteLength; at += symbolSize, i++) {
    if (i % pauseAfter === 0) yield
    const type = symbols.getUint8(at + typeAt) & 15
    if ((type !== symbolType.func && type !== symbolType.ifunc) || file.u16(symbols, at + sectionAt) === 0) continue
    const name = file.u32(symbols, at)
    if (name === 0 || name >= names.length || names[name] === 0) continue
    const start = offsetOf(loaded, file.word(symbols, at + valueAt))
    if (start === undefined) continue
    to.starts[to.count] = start
    to.sizes[to.count] = file.word(symbols, at + sizeAt)
    to.nameAt[to.count] = name
    to.rank[to.count] = rankOf(symbols.getUint8(at + typeAt) >> 4, names, name)
    to.table[to.count++] = table
  }
}

/** The file offset of an address. Loaded parts are within the first 4 GB of a file. */
function offsetOf(loaded: readonly Segment[], address: number): number | undefined {
  for (const { offset, address: start, fileSize } of loaded) {
    const at = address - start + offset
    if (address >= start && address < start + fileSize && at <= 0xffff_ffff) return at
  }
  return undefined
}

/** A file has at most one section of each of these types (gABI, "Section Types"), so a second one is not read. */
function* tablesOf(file: ElfFile): Steps<Table[]> {
  const sections = file.sections()
  let left = mostBytes
  const read = function* ({ offset, size }: Section, most: number): Steps<Buffer | undefined> {
    const bytes = yield* file.bytesInSteps(offset, size, Math.min(most, left))
    left -= bytes?.length ?? 0
    return bytes
  }
  const tables: Table[] = []
  for (const wanted of [sectionType.symtab, sectionType.dynsym]) {
    const section = sections.find(({ type }) => type === wanted)
    const strings = section && sections[section.link]
    if (!strings || section.entrySize !== file.symbolSize) continue
    const symbols = yield* read(section, mostSymbolBytes)
    const names = symbols && (yield* read(strings, left))
    if (names) tables.push({ symbols: viewOf(symbols), names })
  }
  return tables
}

/** Prefers `strtok` to `__strtok`, and to `__GI_strtok`, a local name of the same function. */
function rankOf(bind: number, names: Buffer, name: number): number {
  const scope = bind === binding.local ? 0 : bind === binding.weak ? 1 : 2
  const underscores = names[name] !== underscore ? 0 : names[name + 1] !== underscore ? 1 : 2
  return scope * 3 + 2 - underscores
}

const underscore = 0x5f

/** By index in the order: the index of the function that starts before and has not ended there, plus 1; 0 if there is none. */
function* functionsAround({ starts, sizes }: Symbols, order: Uint32Array): Steps<Uint32Array> {
  const around = new Uint32Array(order.length)
  const open: number[] = []
  for (let place = 0; place < order.length; place++) {
    if ((place & (pauseAfter - 1)) === 0) yield
    const symbol = order[place] as number
    const start = starts[symbol] as number
    while (open.length > 0 && endOf(open[open.length - 1] as number) <= start) open.pop()
    around[place] = (open[open.length - 1] ?? -1) + 1
    if ((sizes[symbol] as number) > 0) open.push(place)
  }
  return around

  function endOf(place: number): number {
    const symbol = order[place] as number
    return (starts[symbol] as number) + (sizes[symbol] as number)
  }
}

/** Keeps one symbol per offset: the largest, among equal sizes the one with the best name, and among those the first. */
function* oneForEachStart({ starts, sizes, rank, count }: Symbols): Steps<Uint32Array> {
  const order = yield* ascending(starts.subarray(0, count))
  let kept = 0
  for (let i = 0; i < count; i++) {
    if ((i & (pauseAfter - 1)) === 0) yield
    const symbol = order[i] as number
    const last = order[kept - 1] as number
    if (kept === 0 || starts[last] !== starts[symbol]) order[kept++] = symbol
    else if (isBetter(symbol, last)) order[kept - 1] = symbol
  }
  return order.slice(0, kept)

  function isBetter(symbol: number, last: number): boolean {
    const larger = (sizes[symbol] as number) - (sizes[last] as number)
    return larger > 0 || (larger === 0 && (rank[symbol] as number) > (rank[last] as number))
  }
}

/** The indices of the keys, in ascending order of the keys. A radix sort of two passes: two million keys take 0.05 s instead of seconds. */
function* ascending(keys: Uint32Array): Steps<Uint32Array> {
  const { length } = keys
  let order = new Uint32Array(length)
  for (let i = 0; i < length; i++) order[i] = i
  if (length < fewKeys) return order.sort((a, b) => (keys[a] as number) - (keys[b] as number) || a - b)
  let next = new Uint32Array(length)
  for (const shift of [0, 16]) {
    const places = new Uint32Array(65_537)
    for (let i = 0; i < length; i++) (places[(((keys[i] as number) >>> shift) & 0xffff) + 1] as number)++
    yield
    for (let digit = 1; digit < places.length; digit++) (places[digit] as number) += places[digit - 1] as number
    for (let at = 0; at < length; at++) {
      if ((at & (pauseAfter - 1)) === 0) yield
      const i = order[at] as number
      next[(places[((keys[i] as number) >>> shift) & 0xffff] as number)++] = i
    }
    ;[order, next] = [next, order]
  }
  return order
}
