import { readFileSync } from 'node:fs'
import { bpfError } from '../../internal/bpf-error.js'
import { minimumKernel } from '../../kernel/features.js'
import { didYouMean } from '../../nearest.js'
import { printable } from '../../printable.js'
import { KernelSymbols } from '../../symbols/kallsyms.js'

const traceable = [
  '/sys/kernel/tracing/available_filter_functions',
  '/sys/kernel/debug/tracing/available_filter_functions',
]

/** Why a kprobe cannot be placed at a function; undefined if no reason is known. Only called after a failure. */
export function kprobeAdvice(symbol: string, code: string, offset: number): string | undefined {
  if (code === 'EILSEQ') return `no instruction begins at byte ${offset} of '${printable(symbol)}'`
  const places = [...functionNames(symbolText())]
  const shown = printable(symbol)
  const count = places.filter((name) => name === symbol).length
  if (count > 1) {
    return `the kernel has ${count} functions named '${shown}', and a kprobe needs exactly one: use attachKprobeMulti (${since()}), with { addresses } from kallsyms().find('${shown}') for one of them or { pattern: '${shown}' } for all`
  }
  if (count === 1) return whyNotTraceable(symbol)
  if (places.length === 0) return undefined
  return `the kernel has no function '${shown}'${moduleAdvice(symbol)}${otherwise(symbol) ?? didYouMean(symbol, new Set(places))}`
}

const since = () => `Linux ${minimumKernel('kprobe_multi')} or newer`

/** What was probably meant by a name that no function can have. */
function otherwise(symbol: string): string | undefined {
  if (symbol === '') return ''
  if (/[*?]/.test(symbol)) return `: for a pattern, use attachKprobeMulti({ pattern }) (${since()})`
  return /\+(0x)?[\da-f]+$/i.test(symbol) ? ': pass the offset as an option, { offset }' : undefined
}

/**
 * Checks that an offset lies inside `symbol`: the kernel places the probe in whatever function is that many bytes after its start.
 *
 * @throws {BpfError} EINVAL if that is another function.
 */
export function requireInside(program: { readonly name: string }, symbol: string, offset: number): void {
  // The addon rejects values that are not numbers.
  const symbols = Number.isInteger(offset) && offset > 0 ? symbolsIfShown() : undefined
  const [start, ...others] = symbols?.find(symbol) ?? []
  if (!symbols || !start || others.length > 0) return
  const place = symbols.resolve(start.address + BigInt(offset))
  if (!place || place.address === start.address) return
  const operation = `attach ${program.name} to kprobe ${symbol}`
  const why = `byte ${offset} is past the end of '${printable(symbol)}', in '${printable(place.name)}'`
  throw bpfError('EINVAL', operation, `${operation}: EINVAL: ${why}`)
}

/** Undefined if there are no symbols or their addresses are hidden. */
function symbolsIfShown(): KernelSymbols | undefined {
  const symbols = KernelSymbols.parse(symbolText())
  return symbols.size === 0 || symbols.hidden ? undefined : symbols
}

/**
 * Checks that the names are unambiguous: the kernel uses the first function of each name, and does not report that there are others.
 *
 * @throws {BpfError} EADDRNOTAVAIL if several traceable functions have the same name.
 */
export function requireUnique(program: { readonly name: string }, kind: string, symbols: readonly string[]): void {
  const names = new Set(symbols)
  const several = (all: Iterable<string>) => {
    const seen = new Set<string>()
    for (const name of all) if (names.has(name) && seen.size === seen.add(name).size) return name
    return undefined
  }
  const text = symbolText()
  // A search takes a tenth of the time that it takes to look at every function.
  const isShared =
    names.size <= 8 ? [...names].some((name) => countLines(text, name) > 1) : several(functionNames(text)) !== undefined
  if (!isShared) return
  const shared = several(traced())
  if (shared === undefined) return
  const operation = `attach ${program.name} to ${kind} ${symbols.length} functions`
  const shown = printable(shared)
  const why = `the kernel has several functions named '${shown}' and would attach to only one: pass { addresses } from kallsyms().find('${shown}') to choose, or { pattern: '${shown}' } for all`
  throw bpfError('EADDRNOTAVAIL', operation, `${operation}: EADDRNOTAVAIL: ${why}`)
}

let latest: { readonly modules: string; readonly text: WeakRef<Buffer> } | undefined

/**
 * `/proc/kallsyms`, which takes the kernel 40 ms to write; empty if it cannot be read. Until the garbage collector takes it, it is read
 * again only if modules were loaded or unloaded: no other functions come and go that a kprobe can be placed in.
 */
function symbolText(): Buffer {
  // Names and sizes, without the number of users, which changes all the time.
  const modules = linesOf('/proc/modules')
    .map((line) => line.split(' ', 2).join(' '))
    .join('\n')
  const known = latest?.modules === modules ? latest.text.deref() : undefined
  if (known) return known
  const text = read('/proc/kallsyms')
  if (text.length > 0) latest = { modules, text: new WeakRef(text) }
  return text
}

/** How many symbols of that name are in the text of kallsyms, where a name ends with its line, or before a tab and the module. */
function countLines(text: Buffer, name: string): number {
  const wanted = Buffer.from(` ${name}`)
  let count = 0
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
    const end = text[at + wanted.length]
    if (end === newline || end === tab || end === undefined) count++
  }
  return count
}

const newline = 10
const tab = 9

/** The functions in the text of kallsyms: lines such as `ffffffff81000000 T name`, with the module behind a tab. */
function* functionNames(text: Buffer): Generator<string> {
  const lines = text.toString('latin1')
  for (let at = 0; at < lines.length; ) {
    const next = lines.indexOf('\n', at)
    const end = next === -1 ? lines.length : next
    const letter = lines.indexOf(' ', at) + 1
    if ('tTwW'.includes(lines.charAt(letter))) {
      const [name = ''] = lines.slice(letter + 2, end).split('\t', 1)
      yield name
    }
    at = end + 1
  }
}

/** Says at which of the addresses a probe cannot be placed. */
export function addressAdvice(addresses: readonly bigint[]): string | undefined {
  const symbols = symbolsIfShown()
  if (!symbols) return undefined
  for (const address of addresses) {
    const at = symbols.resolve(address)
    const shown = `0x${address.toString(16)}`
    if (at?.offset !== 0) return `no kernel function begins at ${shown}`
    const known = traced()
    if (known.length > 0 && !known.includes(at.name))
      return `'${printable(at.name)}' at ${shown} cannot be traced: it is not in available_filter_functions`
  }
  return 'one of the addresses belongs to a function that cannot be traced: of several functions with the same name, available_filter_functions may list only some'
}

/** Says which of several functions cannot be probed, each with the reason. */
export function kprobeMultiAdvice(symbols: readonly string[]): string | undefined {
  const there = new Set(functionNames(symbolText()))
  const list = traced()
  const probed = list.length > 0 ? new Set(list) : undefined
  const problems = symbols.flatMap((symbol) => {
    if (there.size > 0 && !there.has(symbol))
      return [`the kernel has no function '${printable(symbol)}'${didYouMean(symbol, there)}`]
    return probed && !probed.has(symbol)
      ? [`'${printable(symbol)}' cannot be traced: it is not in available_filter_functions`]
      : []
  })
  const more = problems.length > mostListed ? `, and ${problems.length - mostListed} more` : ''
  return problems.length > 0 ? problems.slice(0, mostListed).join(', ') + more : undefined
}

const mostListed = 5

function whyNotTraceable(symbol: string): string | undefined {
  const refused = linesOf('/sys/kernel/debug/kprobes/blacklist').some(
    (line) => line.trim().split(/\s/).at(-1) === symbol,
  )
  if (refused)
    return `the kernel does not allow probes in '${printable(symbol)}': it is on the blacklist, /sys/kernel/debug/kprobes/blacklist`
  const list = traced()
  if (list.length === 0 || list.includes(symbol)) return undefined
  return `'${printable(symbol)}' cannot be traced: it is not in available_filter_functions, perhaps because it is marked notrace`
}

/** The advice for a `module:function`, which is how libbpf names a function of a module. */
function moduleAdvice(symbol: string): string {
  const at = symbol.indexOf(':')
  if (at === -1) return ''
  const module = symbol.slice(0, at)
  const loaded = linesOf('/proc/modules').some((line) => line.split(' ', 1)[0] === module)
  return loaded ? '' : `: the module '${printable(module)}' is not loaded`
}

/** The names of the traceable functions; a name appears once per function that has it. Empty if the list cannot be read. */
function traced(): string[] {
  const list = traceable.map(linesOf).find((lines) => lines.length > 0) ?? []
  return list.map((line) => line.split(/\s/, 1)[0] ?? '')
}

function linesOf(path: string): string[] {
  const text = read(path).toString()
  return text === '' ? [] : text.split('\n')
}

/** Empty if the file cannot be read. */
function read(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    return Buffer.alloc(0)
  }
}
