import { readdirSync, readFileSync } from 'node:fs'
import test from 'ava'

// The addon's handles are members that only the package uses, and arguments of constructors that only it calls.
const isInternal = /@internal|^\s*(readonly |get )?native[:(]|constructor\(.*\bNative[A-Z]/

test('the published types hold nothing that is internal', (t) => {
  const files = readdirSync('dist').filter((file) => /\.d\.c?ts$/.test(file))
  t.true(files.length >= 8)
  for (const file of files) {
    const internal = readFileSync(`dist/${file}`, 'utf8')
      .split('\n')
      .filter((line) => isInternal.test(line))
    t.deepEqual(internal, [], file)
  }
})
