import { requireIterable, requireText } from '../arguments.js'
import type { NetworkInterface } from './network-interface.js'
import { unknownInterface } from './unknown-interface.js'

/** The properties of an interface that patterns are matched against. */
export type Matchable = Pick<NetworkInterface, 'name' | 'alternativeNames' | 'loopback'>

/** Selects interfaces by name. */
export interface InterfaceMatcher {
  /** Whether the interface is selected. */
  matches(candidate: Matchable): boolean
  /**
   * Checks that every plain name exists; a pattern may match nothing yet.
   *
   * @throws {BpfError} ENODEV naming the first missing one.
   */
  requireNames(present: readonly Matchable[]): void
}

/**
 * Selects interfaces by plain names and by patterns: `*` matches any characters, `?` matches one, and a backslash makes the next
 * character literal. A pattern that begins with `!` excludes, wherever it is in the list; any other includes, also by an alternative name.
 * Without an including pattern, every interface except loopback is selected.
 *
 * @throws {TypeError} for a value that is not a pattern, including an empty one.
 */
export function interfaceMatcher(patterns: string | readonly string[] = []): InterfaceMatcher {
  const list: string[] = []
  for (const pattern of typeof patterns === 'string' ? [patterns] : requireIterable(patterns, 'interfaces')) {
    list.push(requireText(pattern, 'an interface'))
  }
  const excluded = list.filter((pattern) => pattern.startsWith('!')).map((pattern) => compile(pattern.slice(1)))
  const included = list.filter((pattern) => !pattern.startsWith('!')).map(compile)
  const plain = included.flatMap(({ plainName }) => (plainName === undefined ? [] : [plainName]))
  const any = (tests: readonly Pattern[], { name, alternativeNames }: Matchable) =>
    [name, ...alternativeNames].some((each) => tests.some(({ test }) => test.test(each)))
  return {
    matches: (candidate) =>
      (included.length === 0 ? !candidate.loopback : any(included, candidate)) && !any(excluded, candidate),
    requireNames(present) {
      const names = new Set(present.flatMap(({ name, alternativeNames }) => [name, ...alternativeNames]))
      for (const name of plain) {
        if (!names.has(name)) throw unknownInterface(name, names)
      }
    },
  }
}

interface Pattern {
  readonly test: RegExp
  /** The name, if the pattern has no wildcard. */
  readonly plainName?: string
}

function compile(pattern: string): Pattern {
  if (pattern === '') throw new TypeError(`an interface must be a name or a pattern, not ''`)
  const parts = pattern.match(/\\.|./gsu) ?? []
  const test = new RegExp(`^${parts.map(expressionOf).join('')}$`, 'su')
  if (parts.some((part) => part === '*' || part === '?')) return { test }
  return { test, plainName: parts.map(literal).join('') }
}

function expressionOf(part: string): string {
  if (part === '*') return '.*'
  if (part === '?') return '.'
  return literal(part).replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
}

const literal = (part: string) => (part.length > 1 && part.startsWith('\\') ? part.slice(1) : part)
