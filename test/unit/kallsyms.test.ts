import test from 'ava'
import { KernelSymbols } from '../../lib/symbols/kallsyms.js'

const text = `ffffffff81000000 T _text
ffffffff81000010 t first
ffffffff81000020 T second
ffffffff81000020 T alias
ffffffffc0000100 t of_module\t[module]
ffffffffc0000000 t bpf_prog_1_x\t[bpf]
0000000000001000 A low
rubbish
ffffffff8100000g T rubbish
ffffffff810000300 T too_long
`

const symbols = KernelSymbols.parse(Buffer.from(text))

test('an address is resolved to the symbol before it, the first of its aliases', (t) => {
  t.is(symbols.size, 7)
  t.like(symbols.resolve(0xffffffff8100001fn), { name: 'first', offset: 15, type: 't', module: undefined })
  t.like(symbols.resolve(0xffffffff81000020n), { name: 'second', offset: 0 })
  t.like(symbols.resolve(0xffffffffc0000101n), { name: 'of_module', module: 'module', offset: 1 })
  t.like(symbols.resolve(0xffffffffc00000ffn), { name: 'bpf_prog_1_x', module: 'bpf' })
  t.is(symbols.resolve(0xfffn), undefined)
  t.like(symbols.resolve(0x1000n), { name: 'low', address: 0x1000n })
})

test('a name is found whole, in lines with and without a module', (t) => {
  t.deepEqual(symbols.find('alias'), [{ name: 'alias', address: 0xffffffff81000020n, type: 'T', module: undefined }])
  t.like(symbols.find('of_module')[0], { module: 'module' })
  t.deepEqual(symbols.find('firs'), [])
  t.deepEqual(symbols.find('rubbish'), [])
  t.deepEqual(symbols.find('T'), [])
  t.deepEqual(symbols.find(''), [])
})

test('hidden addresses are noticed, and nothing has none', (t) => {
  t.true(KernelSymbols.parse(Buffer.from('0000000000000000 T a\n0000000000000000 T b\n')).hidden)
  t.false(symbols.hidden)
  const none = KernelSymbols.parse(Buffer.from(''))
  t.is(none.size, 0)
  t.false(none.hidden)
  t.is(none.resolve(1n), undefined)
  t.is(KernelSymbols.parse(Buffer.from('1 T x')).resolve(1n)?.name, 'x')
})
