import { open } from 'ebpf'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'

const decode = {
  int64: 'number',
  enums: 'name',
  charArrays: 'string',
  fields: { 'function.one': 'ipv4' },
} as const

kernelTest('globals are decoded as the object says, before load and live', {}, (t) => {
  const object = open(fixture('typed'), { decode })
  t.like(object.globals, { limit: 10, wanted: 'EGRESS', name: 'x', function: { one: '1.0.0.0' }, delete: { other: 2 } })
  object.globals.limit = 20
  object.globals.wanted = 'INGRESS'
  object.globals.name = 'before'
  using bpf = object.loadSync()
  t.like(bpf.globals, { limit: 20, wanted: 'INGRESS', name: 'before' })
  Object.assign(bpf.globals, { name: 'live', function: { one: '127.0.0.1' }, delete: { other: 2 ** 40 } })
  t.like(bpf.globals, { name: 'live', function: { one: '127.0.0.1' }, delete: { other: 2 ** 40 } })
  bpf.globals.delete = { other: 2n ** 53n }
  t.throws(() => bpf.globals.delete, { instanceOf: RangeError, message: /9007199254740992/ })
})

kernelTest('what the object says is the default of its maps', {}, (t) => {
  using bpf = open(fixture('typed'), { decode: { int64: 'number', types: { twoWords: 'bytes' } } }).loadSync()
  using again = open(fixture('typed'), { decode: { int64: 'number' } }).loadSync()
  const globals = bpf.map<number, { delete: unknown }>('typed.data').get(0)
  t.deepEqual(globals?.delete, Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0))
  t.like(again.map<number, object>('typed.data').get(0), { delete: { other: 2 } })
  using other = open(fixture('typed'), { decode: { int64: 'number' } }).loadSync()
  t.like(other.map<number, object>('typed.data', { int64: 'bigint' }).get(0), { delete: { other: 2n } })
})
