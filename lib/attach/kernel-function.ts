import { readFileSync } from 'node:fs'
import { didYouMean } from '../nearest.js'
import { printable } from '../printable.js'

const traceable = [
  '/sys/kernel/tracing/available_filter_functions',
  '/sys/kernel/debug/tracing/available_filter_functions',
]

/** Why a kprobe cannot be put at a function; undefined where nothing is known against it. Looked for only when it has failed. */
export function kprobeAdvice(symbol: string): string | undefined {
  const places = functionsOf('/proc/kallsyms')
  const shown = printable(symbol)
  const count = places.filter((name) => name === symbol).length
  if (count > 1) {
    return `${count} functions of the kernel are named '${shown}', and a kprobe needs one: take one of them by its address, attachKprobeMulti({ addresses }), from kallsyms().find('${shown}'), or all by attachKprobeMulti({ symbols })`
  }
  if (count === 1) return whyNotTraceable(symbol)
  if (places.length === 0) return undefined
  return `the kernel has no function '${shown}'${moduleAdvice(symbol)}${didYouMean(symbol, new Set(places))}`
}

/** Which of several functions cannot be probed, each with the reason. */
export function kprobeMultiAdvice(symbols: readonly string[]): string | undefined {
  const there = new Set(functionsOf('/proc/kallsyms'))
  const list = traceable.map(linesOf).find((lines) => lines.length > 0)
  const probed = list && new Set(list.map((line) => line.split(/\s/, 1)[0] ?? ''))
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
    return `the kernel allows no probe in '${printable(symbol)}': it is on its blacklist, /sys/kernel/debug/kprobes/blacklist`
  const list = traceable.map(linesOf).find((lines) => lines.length > 0)
  if (!list || list.some((line) => line.split(/\s/, 1)[0] === symbol)) return undefined
  return `'${printable(symbol)}' is not among the functions that can be traced, available_filter_functions: it may be marked notrace`
}

/** `module:function` is libbpf's way to name one of a module. */
function moduleAdvice(symbol: string): string {
  const at = symbol.indexOf(':')
  if (at === -1) return ''
  const module = symbol.slice(0, at)
  const loaded = linesOf('/proc/modules').some((line) => line.split(' ', 1)[0] === module)
  return loaded ? '' : `: the module '${printable(module)}' is not loaded`
}

/** The functions that kallsyms lists, those of modules too. */
function functionsOf(path: string): string[] {
  return linesOf(path).flatMap((line) => {
    const [, type = '', name = ''] = line.split(/\s/)
    return /^[tTwW]$/.test(type) ? [name] : []
  })
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch {
    return []
  }
}
