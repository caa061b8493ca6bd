import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { requireBigint, requireInstance, requireText } from '../arguments.js'
import { PermissionError } from '../errors.js'
import { lacking } from '../internal/capabilities.js'
import { requireLinux } from '../internal/require-linux.js'
import { sysctl } from '../internal/settings.js'
import { systemError } from '../internal/system-error.js'
import { shareClass } from '../shared-class.js'
import { sortedRuns } from './sorted-runs.js'
import { atOnce, inTurns, type Steps } from './steps.js'

/** A line of `/proc/kallsyms`. */
export interface KernelSymbol {
  readonly name: string
  readonly address: bigint
  /** The letter as in nm(1): `T` or `t` for code, a capital letter if it is global. */
  readonly type: string
  /** The module's name, or `bpf` for the code of a loaded program; undefined for the kernel itself. */
  readonly module: string | undefined
}

/** A symbol and an offset from its address. */
export interface ResolvedSymbol extends KernelSymbol {
  /** Bytes from the symbol's address to the resolved address. */
  readonly offset: number
}

const file = '/proc/kallsyms'
const operation = `read ${file}`

/**
 * Reads the current `/proc/kallsyms`. 120,000 symbols take about 0.1 s and 8 MB. To see programs and modules that were loaded later, read
 * it again.
 *
 * @throws {BpfError} ENOENT if /proc does not have the file, as with `subset=pid`.
 * @throws {PermissionError} if the kernel hides addresses (`kernel.kptr_restrict`, or CAP_SYSLOG missing).
 *
 * @example
 * ```ts
 * import { kallsyms } from 'ebpf/symbols'
 *
 * const symbols = kallsyms()
 * const [connect] = symbols.find('tcp_v4_connect')
 * if (connect) console.log(symbols.resolve(connect.address + 4n)?.name)
 * ```
 */
export function kallsyms(): KernelSymbols {
  requireLinux(operation)
  return requireShown(KernelSymbols.parse(readAll()))
}

/** Does the same as `kallsyms`, but reads on the thread pool and never blocks the event loop for longer than about 10 ms. */
export async function kallsymsAsync(): Promise<KernelSymbols> {
  requireLinux(operation)
  const text = await readFile(file).catch((cause: unknown) => {
    throw systemError(cause, operation)
  })
  return requireShown(await inTurns(KernelSymbols.parseInSteps(text)))
}

function requireShown(symbols: KernelSymbols): KernelSymbols {
  if (symbols.size > 0 && symbols.hidden) {
    const { missing, why } = whyHidden()
    const message = `${operation}: every address is 0: ${why}`
    throw new PermissionError({ code: 'EPERM', errno: 1, operation, message }, missing, why)
  }
  return symbols
}

function readAll(): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw systemError(cause, operation)
  }
}

/** kernel/ksyms_common.c, kallsyms_show_value */
function whyHidden(): { readonly missing: readonly string[]; readonly why: string } {
  const restriction = sysctl('kernel/kptr_restrict') ?? 1
  if (restriction > 1) {
    return {
      missing: [],
      why: `kernel.kptr_restrict is ${restriction}, which hides them from everyone: set it to 1 or 0`,
    }
  }
  const missing = lacking(['CAP_SYSLOG'])
  const without = 'kernel.kptr_restrict is 0 and kernel.perf_event_paranoid 1 or less'
  if (missing.length > 0)
    return { missing, why: `the process lacks CAP_SYSLOG, without which they show only where ${without}` }
  return { missing, why: 'the kernel does not say why: the process has CAP_SYSLOG' }
}

/** Lines between two pauses. */
const pauseAfter = 2048
const newline = 10
const space = 32
const tab = 9

/** The symbols of a kernel, by address and by name. Names are decoded only when they are needed. */
export class KernelSymbols {
  readonly #text: Buffer
  /** Addresses in two halves, ascending: 64 bits do not fit into a number, and bigints take eight times as long to search. */
  readonly #high: Uint32Array
  readonly #low: Uint32Array
  /** The position of each symbol's letter in the text; the name starts two bytes later. */
  readonly #at: Uint32Array

  private constructor(text: Buffer, high: Uint32Array, low: Uint32Array, at: Uint32Array) {
    this.#text = text
    this.#high = high
    this.#low = low
    this.#at = at
  }

  /** Parses lines such as `ffffffff81000000 T _text`, as in `/proc/kallsyms`; other lines are ignored. */
  static parse(text: Buffer): KernelSymbols {
    return atOnce(KernelSymbols.parseInSteps(text))
  }

  /** @internal */
  static *parseInSteps(text: Buffer): Steps<KernelSymbols> {
    const { high, low, at } = yield* scan(requireInstance(text, Buffer, 'text'))
    const order = yield* sortedRuns(
      at.length,
      (a, b) => (high[a] as number) - (high[b] as number) || (low[a] as number) - (low[b] as number),
    )
    const columns: Uint32Array[] = []
    for (const values of [high, low, at]) {
      columns.push(order.map((i) => values[i] as number))
      yield
    }
    return new KernelSymbols(text, ...(columns as [Uint32Array, Uint32Array, Uint32Array]))
  }

  /** The number of symbols. */
  get size(): number {
    return this.#at.length
  }

  /** Whether the kernel hides addresses, by showing all of them as zero. */
  get hidden(): boolean {
    return this.size > 0 && this.#high[this.size - 1] === 0 && this.#low[this.size - 1] === 0
  }

  /** Returns the symbol that contains an address, as far as can be known: the last one that starts at or before it. */
  resolve(address: bigint): ResolvedSymbol | undefined {
    requireBigint(address, 'address')
    const high = Number((address >> 32n) & 0xffff_ffffn)
    const low = Number(address & 0xffff_ffffn)
    let from = 0
    let to = this.size
    while (from < to) {
      const middle = (from + to) >>> 1
      const order = (this.#high[middle] as number) - high || (this.#low[middle] as number) - low
      if (order <= 0) from = middle + 1
      else to = middle
    }
    if (from === 0 || address < 0n) return undefined
    // Several symbols may share an address: the first is the function, the others are aliases.
    let index = from - 1
    while (index > 0 && this.#same(index - 1, index)) index--
    const symbol = this.#symbol(index)
    return { ...symbol, offset: Number(address - symbol.address) }
  }

  /** Returns all symbols of a name: several static functions can have the same name, and so can functions of modules. */
  find(name: string): KernelSymbol[] {
    requireText(name, 'name')
    const found: KernelSymbol[] = []
    const wanted = Buffer.from(` ${name}`)
    const places = new Map<number, number>()
    for (let at = this.#text.indexOf(wanted); at !== -1; at = this.#text.indexOf(wanted, at + 1)) {
      const end = this.#text[at + wanted.length]
      if (end === newline || end === tab || end === undefined) places.set(at - 1, 0)
    }
    if (places.size === 0 || name === '') return found
    for (let i = 0; i < this.size; i++) if (places.has(this.#at[i] as number)) found.push(this.#symbol(i))
    return found
  }

  #same(a: number, b: number): boolean {
    return this.#high[a] === this.#high[b] && this.#low[a] === this.#low[b]
  }

  #symbol(index: number): KernelSymbol {
    const at = this.#at[index] as number
    const end = this.#text.indexOf(newline, at)
    const [name = '', module] = this.#text.toString('latin1', at + 2, end === -1 ? undefined : end).split('\t')
    return {
      name,
      address: (BigInt(this.#high[index] as number) << 32n) | BigInt(this.#low[index] as number),
      type: String.fromCharCode(this.#text[at] as number),
      module: module?.replace(/^\[(.*)\]$/, '$1'),
    }
  }
}
shareClass(KernelSymbols, 'KernelSymbols')

/** The symbols, in the order of the text. */
function* scan(text: Buffer): Steps<{ high: Uint32Array; low: Uint32Array; at: Uint32Array }> {
  // No line is shorter than this: "0 T a\n".
  const most = Math.ceil(text.length / 6) + 1
  const high = new Uint32Array(most)
  const low = new Uint32Array(most)
  const at = new Uint32Array(most)
  let count = 0
  let lines = 0
  for (let i = 0; i < text.length; ) {
    if (++lines % pauseAfter === 0) yield
    let upper = 0
    let lower = 0
    const start = i
    for (let digit = hexDigit(text[i]); digit >= 0; digit = hexDigit(text[++i])) {
      upper = (upper << 4) | (lower >>> 28)
      lower = (lower << 4) | digit
    }
    const whole = i > start && i - start <= 16 && text[i] === space && text[i + 2] === space && text[i + 3] !== newline
    if (whole && i + 3 < text.length) {
      high[count] = upper
      low[count] = lower
      at[count++] = i + 1
    }
    const end = text.indexOf(newline, i)
    i = end === -1 ? text.length : end + 1
  }
  return { high: high.slice(0, count), low: low.slice(0, count), at: at.slice(0, count) }
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1
  if (byte >= 48 && byte <= 57) return byte - 48
  return byte >= 97 && byte <= 102 ? byte - 87 : -1
}
