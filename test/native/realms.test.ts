import { readFileSync } from 'node:fs'
import { createContext, runInContext } from 'node:vm'
import test from 'ava'
import { open } from 'ebpf'
import { Btf, compileCodec } from 'ebpf/btf'
import { watchInterfaces } from 'ebpf/net'
import { ElfSymbols } from 'ebpf/symbols'
import { BtfBuilder } from '../helpers/btf-builder.js'
import { fixture } from '../helpers/fixture.js'

/* A test runner may run a program in a context of its own, and jsdom brings its own classes: `instanceof` of Node's is false there. */

const context = createContext({})
const foreign = runInContext('({ Uint8Array, DataView })', context) as Pick<
  typeof globalThis,
  'Uint8Array' | 'DataView'
>
const bytesOf = (path: string) => foreign.Uint8Array.from(readFileSync(path))

test('bytes of another realm are opened and parsed', (t) => {
  t.false(foreign.Uint8Array.of(1) instanceof Uint8Array)
  using object = open(bytesOf(fixture('typed')))
  t.true(object.maps.size > 0)
  t.truthy(ElfSymbols.parse(bytesOf(fixture('typed'))))
  const b = new BtfBuilder()
  b.int('unsigned short', 2)
  t.notThrows(() => Btf.parse(foreign.Uint8Array.from(b.bytes())))
})

test('bytes and views of another realm are encoded and decoded', (t) => {
  const b = new BtfBuilder()
  const u8 = b.int('unsigned char', 1)
  b.record('struct', 's', 4, [{ name: 'a', type: b.array(u8, 4), at: 0 }])
  const btf = Btf.parse(b.bytes())
  const codec = compileCodec(btf, btf.findByName('s')?.id ?? 0)
  const bytes = foreign.Uint8Array.of(1, 2, 3, 4)
  const view = new foreign.DataView(new foreign.Uint8Array(4).buffer)
  codec.encode({ a: bytes }, view, 0)
  t.is(view.getUint32(0), 0x01020304)
  t.deepEqual(codec.decode(view, 0, 4), { a: Uint8Array.of(1, 2, 3, 4) })
})

test('a signal of another class ends a wait, and what is no signal is refused', async (t) => {
  const signal = Object.assign(new EventTarget(), { aborted: false }) as unknown as AbortSignal
  t.false(signal instanceof AbortSignal)
  const abort = () => {
    Object.assign(signal, { aborted: true })
    signal.dispatchEvent(new Event('abort'))
  }
  for await (const { added } of watchInterfaces({ signal })) {
    t.true(added.length > 0)
    setTimeout(abort, 20)
  }
  t.true(signal.aborted)
  for (const wrong of [{}, { aborted: false }, 'abort', 1, () => {}])
    await t.throwsAsync(watchInterfaces({ signal: wrong as AbortSignal }).next(), {
      instanceOf: TypeError,
      message: /signal must be an AbortSignal/,
    })
})

test('what a library adds to Object.prototype is no option, and a misspelt one still is refused', (t) => {
  Object.assign(Object.prototype, { polluted: 1 })
  try {
    using object = open(fixture('typed'), {})
    t.true(object.maps.size > 0)
    t.throws(() => open(fixture('typed'), { pinRoto: '/' } as never), {
      message: /no 'pinRoto'; did you mean 'pinRoot'/,
    })
  } finally {
    Reflect.deleteProperty(Object.prototype, 'polluted')
  }
})
