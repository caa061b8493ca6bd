import { inspect, types } from 'node:util'
import { didYouMean } from './nearest.js'
import { printable } from './printable.js'
import { type Class, isInstance } from './shared-class.js'

/*
 * Checks of the arguments that callers pass; for TypeScript users the compiler has checked them already. Each returns its argument, or
 * throws a TypeError that names the argument and the value. The addon checks the numbers and strings that go to the kernel.
 */

/** A value as an error message shows it, shortened. It may be anything: an exception from inspecting it must not escape. */
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

/** Requires an object, for example one with options. */
export function requireObject<T>(value: T, name = 'options'): T & object {
  expect(typeof value === 'object' && value !== null, value, name, 'an object')
  return value as T & object
}

type KeyOf<T> = T extends unknown ? keyof T : never

/** The names of a type's options; for a union, those of every member. The compiler checks that none is missing. */
export type OptionNames<T> = { readonly [K in KeyOf<T>]-?: true }

/** Requires options whose names are all known: a misspelt option would otherwise be ignored silently. */
export function requireOptions<T>(value: T, known: Readonly<Record<string, true>>, name = 'options'): T & object {
  const options = requireObject(value, name)
  for (const key in options) {
    // A property that a library has added to Object.prototype is inherited by every object and is not an option.
    if (key in Object.prototype && !Object.hasOwn(options, key)) continue
    if (Object.hasOwn(known, key) || options[key] === undefined) continue
    throw unknownOption(key, Object.keys(known), name)
  }
  return options
}

function unknownOption(key: string, known: readonly string[], name: string): TypeError {
  const there = known.length > 0 ? `the names are ${known.join(', ')}` : 'there are none'
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

/** Requires a count from 1 to the largest 32-bit number, for example the number of entries of a map. */
export function requireCount(value: number, name: string): number {
  if (requireInteger(value, name) >= 1 && value <= 0xffff_ffff) return value
  throw new RangeError(`${name} must be from 1 to 4294967295, not ${show(value)}`)
}

export function requireBigint(value: bigint, name: string): bigint {
  expect(typeof value === 'bigint', value, name, 'a bigint')
  return value
}

/** Also accepts a Uint8Array of another realm: a test runner's context, or jsdom, has its own classes. */
export const isBytes: (value: unknown) => value is Uint8Array = types.isUint8Array

export function requireBytes(value: Uint8Array, name: string): Uint8Array {
  expect(isBytes(value), value, name, 'a Uint8Array')
  return value
}

export function requireFunction<T>(value: T, name: string): T {
  expect(typeof value === 'function', value, name, 'a function')
  return value
}

/** Requires what `for … of` accepts, except a string. */
export function requireIterable<T>(value: Iterable<T>, name: string): Iterable<T> {
  expect(
    typeof value === 'object' && value !== null && typeof value[Symbol.iterator] === 'function',
    value,
    name,
    'iterable',
  )
  return value
}

/** Also accepts the same class of another copy of this package: a process may load it both as ESM and as CommonJS. */
export function requireInstance<T>(value: T, of: Class<T>, name: string): T {
  const fits = isInstance(value, of) || isOfName(value, of)
  // The message is only built on failure: this check runs before every value is decoded.
  if (!fits) throw mismatch(value, name, `a ${of.name}`)
  return value
}

/** Recognizes Node's own classes from another realm, such as a test runner's. */
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

/** Checks by duck typing, as Node's own functions do: jsdom has its own class. */
function isSignal(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { aborted, addEventListener, removeEventListener } = value as Partial<AbortSignal>
  const listens = typeof addEventListener === 'function' && typeof removeEventListener === 'function'
  return typeof aborted === 'boolean' && listens
}

/** The descriptor of a handle; a closed handle throws by itself. Whether the number is an open descriptor is up to the kernel. */
export function requireFd(value: { readonly fd: number }, name: string): number {
  const fd: unknown = typeof value === 'object' && value !== null ? value.fd : undefined
  expect(Number.isInteger(fd) && (fd as number) <= 0x7fff_ffff, value, name, 'a handle with a descriptor')
  return fd as number
}

/** Requires one of a few names. */
export function requireOneOf<T extends string>(value: T, names: readonly T[], name: string): T {
  expect(names.includes(value), value, name, `one of ${names.join(', ')}`)
  return value
}

/** Whether `name` is one of the table's own properties. `name` may be any value, even one that does not convert to a string. */
export function isKeyOf<T extends object>(table: T, name: unknown): name is keyof T {
  return typeof name === 'string' && Object.hasOwn(table, name)
}
