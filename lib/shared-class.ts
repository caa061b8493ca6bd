/*
 * A process may hold this package twice, as ESM and as CommonJS, or bundled twice, so that each of its classes is there twice. What is
 * made by one copy is to be an instance of the other's class as well: a link of one is a place for a program of the other.
 */

const brand = Symbol.for('ebpf.class')

/** A class, also one without a public constructor. */
export interface Class<T> {
  readonly name: string
  readonly prototype: T
}

/** Makes `instanceof` of the class, and of those that extend it, true for the other copy's instances. Names survive no minifier. */
export function shareClass(of: Class<object>, name: string): void {
  Object.defineProperty(of.prototype, brand, { value: name })
  Object.defineProperty(of, Symbol.hasInstance, {
    value(this: Class<object>, value: unknown) {
      return isInstance(value, this)
    },
  })
}

export function isInstance<T>(value: unknown, of: Class<T>): value is T {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const name = ownBrand(of.prototype)
  for (let at = Object.getPrototypeOf(value); at !== null; at = Object.getPrototypeOf(at)) {
    if (at === of.prototype || (name !== undefined && ownBrand(at) === name)) return true
  }
  return false
}

const ownBrand = (prototype: unknown): unknown => Object.getOwnPropertyDescriptor(prototype, brand)?.value
