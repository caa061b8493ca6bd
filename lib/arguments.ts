import { inspect, types } from 'node:util'
import { didYouMean } from './nearest.js'
import { printable } from './printable.js'
import { type Class, isInstance } from './shared-class.js'

/*
 * The checks of what callers give, which the compiler has checked for those who write TypeScript. Each returns what it was given, or
 * throws TypeError naming the argument and the value. Numbers and text on their way to the kernel are checked by the addon.
 */

/** A value as an error message shows it, cut short. It may be anything: what it does when it is looked at is not to be thrown. */
export function show(value: unknown): string {
  try {
    const text = inspect(value, {
      depth: 0,
      breakLength: Number.POSITIVE_INFINITY,
      maxArrayLength: 4,
      maxStringLength: 40,
      customInspect: false,
    })
    return printable(text)
  } catch {
    return `a ${typeof value} that cannot be shown`
  }
}

function expect(fits: boolean, value: unknown, name: string, what: string): void {
  if (!fits) throw mismatch(value, name, what)
}

const mismatch = (value: unknown, name: string, what: string) =>
  new TypeError(`${name} must be ${what}, not ${show(value)}`)

/** An object, of options for example. */
export function requireObject<T>(value: T, name = 'options'): T & object {
  expect(typeof value === 'object' && value !== null, value, name, 'an object')
  return value as T & object
}

type KeyOf<T> = T extends unknown ? keyof T : never

/** The names of the options of a type, of every form where it is a union: the compiler holds that none is missing. */
export type OptionNames<T> = { readonly [K in KeyOf<T>]-?: true }

/** Options, all of whose names are known: a misspelt one would otherwise do nothing, in silence. */
export function requireOptions<T>(value: T, known: Readonly<Record<string, true>>, name = 'options'): T & object {
  const options = requireObject(value, name)
  for (const key in options) {
    // What a library has put into Object.prototype is everybody's, and no option.
    if (key in Object.prototype && !Object.hasOwn(options, key)) continue
    if (Object.hasOwn(known, key) || options[key] === undefined) continue
    throw unknownOption(key, Object.keys(known), name)
  }
  return options
}

function unknownOption(key: string, known: readonly string[], name: string): TypeError {
  const there = known.length > 0 ? `they are ${known.join(', ')}` : 'there are none'
  return new TypeError(`${name}: there is no '${printable(key)}'${didYouMean(key, known, 1) || `; ${there}`}`)
}

export function requireText<T extends string>(value: T, name: string): T {
  expect(typeof value === 'string', value, name, 'a string')
  return value
}

export function requireNumber(value: number, name: string): number {
  expect(typeof value === 'number', value, name, 'a number')
  return value
}

export function requireBoolean(value: boolean, name: string): boolean {
  expect(typeof value === 'boolean', value, name, 'true or false')
  return value
}

export function requireInteger(value: number, name: string): number {
  expect(Number.isInteger(value), value, name, 'an integer')
  return value
}

/** How many of something, from 1 to what 32 bits hold: the entries of a map, for example. */
export function requireCount(value: number, name: string): number {
  if (requireInteger(value, name) >= 1 && value <= 0xffff_ffff) return value
  throw new RangeError(`${name} must be from 1 to 4294967295, not ${show(value)}`)
}

export function requireBigint(value: bigint, name: string): bigint {
  expect(typeof value === 'bigint', value, name, 'a bigint')
  return value
}

/** Also of another realm: a test runner's context, or jsdom, has classes of its own. */
export const isBytes: (value: unknown) => value is Uint8Array = types.isUint8Array

export function requireBytes(value: Uint8Array, name: string): Uint8Array {
  expect(isBytes(value), value, name, 'a Uint8Array')
  return value
}

export function requireFunction<T>(value: T, name: string): T {
  expect(typeof value === 'function', value, name, 'a function')
  return value
}

/** What `for … of` takes, text aside. */
export function requireIterable<T>(value: Iterable<T>, name: string): Iterable<T> {
  expect(
    typeof value === 'object' && value !== null && typeof value[Symbol.iterator] === 'function',
    value,
    name,
    'iterable',
  )
  return value
}

/** Also of the class of that name in the other copy of this package: a process may hold it as ESM and as CommonJS. */
export function requireInstance<T>(value: T, of: Class<T>, name: string): T {
  const fits = isInstance(value, of) || isOfName(value, of)
  // The text is only made for who needs it: this stands before every value that is decoded.
  if (!fits) throw mismatch(value, name, `a ${of.name}`)
  return value
}

/** Node's own classes of another realm, as a test runner makes one. */
function isOfName(value: unknown, of: Class<unknown>): boolean {
  if (typeof value !== 'object' || value === null) return false
  for (let at = Object.getPrototypeOf(value); at !== null; at = Object.getPrototypeOf(at)) {
    if (at.constructor?.name === of.name) return true
  }
  return false
}

export function requireSignal(value: AbortSignal | undefined): AbortSignal | undefined {
  expect(value === undefined || isSignal(value), value, 'signal', 'an AbortSignal')
  return value
}

/** By what it can do, as Node's own functions tell: jsdom has a class of its own. */
function isSignal(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { aborted, addEventListener, removeEventListener } = value as Partial<AbortSignal>
  const listens = typeof addEventListener === 'function' && typeof removeEventListener === 'function'
  return typeof aborted === 'boolean' && listens
}

/** The descriptor of a handle, which throws itself where it is closed; the kernel knows whether the number is one. */
export function requireFd(value: { readonly fd: number }, name: string): number {
  const fd: unknown = typeof value === 'object' && value !== null ? value.fd : undefined
  expect(Number.isInteger(fd) && (fd as number) <= 0x7fff_ffff, value, name, 'a handle with a descriptor')
  return fd as number
}

/** Whether it is the name of a property of its own: anything may be asked for, and not everything converts to a name. */
export function isKeyOf<T extends object>(table: T, name: unknown): name is keyof T {
  return typeof name === 'string' && Object.hasOwn(table, name)
}
