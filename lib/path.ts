import { fileURLToPath } from 'node:url'
import { printable } from './printable.js'

/** A path or a `file:` URL, as the functions of `node:fs` accept it. */
export type Path = string | URL

/**
 * The path that a `file:` URL names. Any other value is returned unchanged, for the caller to check.
 *
 * @throws {TypeError} for a URL that does not name a file, with Node's code.
 */
export function pathOf<T>(value: T): Exclude<T, URL> | string {
  if (!isUrl(value)) return value as Exclude<T, URL>
  try {
    return fileURLToPath(value)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const error = new TypeError(`'${printable(value.href)}' does not name a file: ${message}`, { cause })
    throw Object.assign(error, { code })
  }
}

/** Also true for a URL of another realm, as Node's own functions accept it. */
export function isUrl(value: unknown): value is URL {
  const url = value as Partial<URL> | null | undefined
  return typeof value === 'object' && typeof url?.href === 'string' && typeof url.protocol === 'string'
}
