import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import test from 'ava'
import * as main from 'ebpf'
import * as btf from 'ebpf/btf'
import { fixture } from '../helpers/fixture.js'

/* A process may hold the package as an ES module and, by a dependency, as CommonJS. */

const require = createRequire(join(process.cwd(), '/'))
const esm = { ...main, ...btf }
const cjs: typeof esm = { ...require('./dist/index.cjs'), ...require('./dist/btf.cjs') }

const copies = [
  [esm, cjs],
  [cjs, esm],
] as const

test('they are two: a class of one is not that of the other', (t) => {
  t.not(esm.Link, cjs.Link)
  t.not(esm.Btf, cjs.Btf)
})

test('errors of one copy are instances of the classes of the other, and of no class beside', (t) => {
  for (const [one, other] of copies) {
    const error = t.throws(() => one.open('/nowhere'), { code: 'ENOENT' })
    t.true(error instanceof other.BpfError)
    t.false(error instanceof other.VerifierError)
    t.true(t.throws(() => one.Btf.parse(new Uint8Array(4))) instanceof other.BtfError)
    const fields = { code: 'EPERM', errno: 1, operation: 'try' }
    t.true(new one.PermissionError(fields, []) instanceof other.PermissionError)
  }
})

test('objects, maps, programs and types of one copy are instances of the classes of the other', (t) => {
  for (const [one, other] of copies) {
    using object = one.open(fixture('typed'))
    t.true(object instanceof other.OpenObject)
    t.false(object instanceof other.BpfObject)
    for (const map of object.maps.values()) t.true(map instanceof other.OpenMap)
    for (const program of object.programs.values()) t.true(program instanceof other.OpenProgram)
    const { btf } = object
    t.true(btf instanceof other.Btf)
    const key = btf?.findByName('peer_key')
    if (!btf || !key) return t.fail('the object has no struct peer_key')
    t.true(other.compileCodec(btf, key.id).size > 0)
    t.throws(() => one.Btf.parse(new Uint8Array(4), { base: other as never }), { message: /base must be a/ })
  }
})

test('a class that extends one of them has only its own instances', (t) => {
  class Mine extends esm.BpfError {}
  const fields = { code: 'EIO', errno: 5, operation: 'try' }
  t.true(new Mine(fields) instanceof Mine)
  t.true(new Mine(fields) instanceof cjs.BpfError)
  t.false(new esm.BpfError(fields) instanceof Mine)
})

test('CommonJS finds its files where a global document is, as jsdom and server-side rendering make one', (t) => {
  const program = `
    globalThis.document = { currentScript: null, baseURI: 'http://localhost/' }
    const { libbpfVersion } = require('./dist/kernel.cjs')
    console.log(typeof libbpfVersion())
  `
  t.is(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' }), 'string\n')
})
