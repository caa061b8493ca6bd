import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { inRoot } from '../lib/root.mjs'

/** A digest of the files' contents. */
export function digestOf(files) {
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(inRoot(file)))
  return hash.digest('hex')
}
