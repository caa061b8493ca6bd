import { requireIterable, requireText } from '../arguments.js'
import { createError } from '../internal/create-error.js'
import type { NetworkInterface } from './network-interface.js'
import { noInterface } from './no-interface.js'

/** What a pattern is matched with. */
export type Matchable = Pick<NetworkInterface, 'name' | 'alternativeNames' | 'loopback'>

/** Which interfaces are meant, by name. */
export interface InterfaceMatcher {
  matches(candidate: Matchable): boolean
  /**
   * Looks whether every plain name is there; a pattern may match nothing yet.
   *
   * @throws {BpfError} ENODEV naming the first that is not.
   */
  requireNames(present: readonly Matchable[]): void
}

/**
 * Matches interfaces by plain names and by patterns, in which `*` stands for any characters, `?` for one, and a backslash takes the
 * next character as it is. One that begins with `!` excludes, wherever it stands; any other includes, by an alternative name too.
 * When none includes, every interface is meant but loopback.
 *
 * @throws {TypeError} for what is not a pattern, an empty one included.
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
        if (names.has(name)) continue
        const operation = `find interface ${name}`
        const message = `${operation}: ENODEV: ${noInterface(name, names)}`
        throw createError({ code: 'ENODEV', errno: 19, operation, message })
      }
    },
  }
}

interface Pattern {
  readonly test: RegExp
  /** The name, of one without a wildcard. */
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
