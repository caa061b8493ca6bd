/*
 * A process may load this package twice, as ESM and as CommonJS, or bundled twice, so that each of its classes exists twice. An object
 * made by one copy must also be an instance of the other copy's class: a link of one copy may be the relative of a program of the other.
 */

const brand = Symbol.for('ebpf.class')

/** A class, even one without a public constructor. */
export interface Class<T> {
  readonly name: string
  readonly prototype: T
}

/**
 * Makes `instanceof` true for instances of the other copy, for this class and its subclasses. The name is passed because minifiers
 * change class names.
 */
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
