import { fileURLToPath } from 'node:url'

/** A path, or its `file:` URL, as the functions of `node:fs` take it. */
export type Path = string | URL

/**
 * The path that a `file:` URL names; anything else as it is, for who takes it to check.
 *
 * @throws {TypeError} for a URL of another scheme.
 */
export function pathOf<T>(value: T): Exclude<T, URL> | string {
  return isUrl(value) ? fileURLToPath(value) : (value as Exclude<T, URL>)
}

/** A URL of another realm, too, as Node itself takes it. */
function isUrl(value: unknown): value is URL {
  const url = value as Partial<URL> | null | undefined
  return typeof value === 'object' && typeof url?.href === 'string' && typeof url.protocol === 'string'
}
