import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'

const published = readdirSync('dist').filter((file) => /\.d\.c?ts$/.test(file))
const textOf = (file: string) => readFileSync(`dist/${file}`, 'utf8')

// The addon's handles are members that only the package uses; its types are named Native….
const isInternal = /@internal|\bNative[A-Z]|^\s*(readonly |get )?native[:(]|\bbinding\./

test('the published types hold nothing that is internal', (t) => {
  t.true(published.length >= 14)
  for (const file of published) {
    const internal = textOf(file)
      .split('\n')
      .filter((line) => isInternal.test(line))
    t.deepEqual(internal, [], file)
  }
})

/** What public types extend or are: the base of every handle, whose constructor is protected, and what the addon returns as it is. */
const shown = ['BpfMapInfo', 'BpfProgInfo', 'BtfInfo', 'Closable', 'Handle', 'LogLevel']

test('the published types declare no other type of lib/internal', (t) => {
  const internal = new Set(
    readdirSync('lib/internal', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => declared(readFileSync(join('lib/internal', file), 'utf8'))),
  )
  t.true(shown.every((name) => internal.has(name)))
  t.deepEqual(
    [...new Set(published.flatMap((file) => declared(textOf(file))))].filter((name) => internal.has(name)).sort(),
    shown,
  )
})

const declared = (text: string) =>
  [...text.matchAll(/^(?:export )?(?:declare )?(?:abstract )?(?:interface|type|class) (\w+)/gm)].map(
    ([, name = '']) => name,
  )
