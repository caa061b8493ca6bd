import test from 'ava'
import { BpfError } from '../../lib/errors.js'
import { binding, type NativeLink, type NativeMap, type NativeObject } from '../../lib/internal/binding.js'
import { fixture } from '../helpers/fixture.js'

const rubbish = [undefined, null, -1, Number.NaN, 1.5, 2 ** 32, {}, []] as unknown[]

const open = () => binding.openObject(fixture('native_ringbuf'), {})

test('a class cannot be constructed from JavaScript', (t) => {
  const object = open()
  const { constructor: NativeClass } = object as unknown as { constructor: new (...args: unknown[]) => object }
  t.throws(() => new NativeClass(), { instanceOf: TypeError, message: /cannot be constructed/ })
  t.throws(() => new NativeClass(object), { instanceOf: TypeError })
  t.throws(() => new (class extends NativeClass {})(), { instanceOf: TypeError })
  t.throws(() => (NativeClass as unknown as () => void)(), { instanceOf: TypeError })
  object.close()
})

test('a method called on anything else is a TypeError', (t) => {
  const object = open()
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(object)).filter((name) => name !== 'constructor')
  t.true(methods.length > 10)
  for (const method of methods) {
    const call = object[method as keyof NativeObject] as unknown as (...args: unknown[]) => unknown
    for (const receiver of [undefined, null, 5, {}, Object.create(object), new Proxy(object, {}), new Uint8Array(8)]) {
      t.throws(() => Reflect.apply(call, receiver, []), { instanceOf: TypeError }, method)
    }
  }
  object.close()
})

test('an index that is not there is a RangeError that names it', (t) => {
  const object = open()
  t.throws(() => object.setAutoload(2, true), {
    instanceOf: RangeError,
    message: /there is no program 2: the object has 2/,
  })
  t.throws(() => object.setMaxEntries(99, 1), { instanceOf: RangeError, message: /map 99/ })
  t.throws(() => object.readGlobal(99, 0, 1), { instanceOf: RangeError, message: /map 99/ })
  t.throws(() => object.setAutoload(-1, true), { instanceOf: RangeError, message: /-1/ })
  t.throws(() => object.setAutoload(Number.NaN, true), { instanceOf: RangeError, message: /NaN/ })
  t.throws(() => object.setAutoload('0' as unknown as number, true), { instanceOf: TypeError, message: /'0'/ })
  object.close()
})

test('a closed object answers EBADF, and closing it again is nothing', (t) => {
  const object = open()
  object.close()
  object.close()
  const closed = { instanceOf: BpfError, code: 'EBADF', message: /native_ringbuf\.bpf\.o is closed/ }
  t.throws(() => object.programs(), closed)
  t.throws(() => object.maps(), closed)
  t.throws(() => object.btf(), closed)
  t.throws(() => object.setAutoload(0, true), closed)
  t.throws(() => object.setMaxEntries(0, 1), closed)
  t.throws(() => object.readGlobal(0, 0, 1), closed)
  t.throws(() => object.writeGlobal(0, 0, new Uint8Array(1)), closed)
  t.throws(() => object.load(), closed)
  t.throws(() => object.loadSync(), closed)
  t.throws(() => object.map(0), closed)
  t.throws(() => object.program(0), closed)
  t.throws(() => object.setAttachTarget(0, { function: 'vfs_read' }), closed)
  t.throws(() => object.attachStructOps(0), closed)
})

test('maps and programs are not had before load', (t) => {
  const object = open()
  const early = { instanceOf: BpfError, code: 'EINVAL', message: /is not loaded yet/ }
  t.throws(() => object.map(0), early)
  t.throws(() => object.program(0), early)
  t.throws(() => object.attachStructOps(0), early)
  object.close()
})

test('what is no map opens no buffer and has no memory', (t) => {
  const object = open()
  for (const map of [undefined, null, 1, {}, object] as unknown as NativeMap[]) {
    t.throws(() => binding.openRingBuffer(map), { instanceOf: TypeError })
    t.throws(() => binding.openUserRingBuffer(map), { instanceOf: TypeError })
    t.throws(() => binding.openPerfBuffer(map, { pages: 1, cpus: new Uint32Array(1), wakeupEvents: 1 }), {
      instanceOf: TypeError,
    })
    t.throws(() => binding.mapMemory(map, true), { instanceOf: TypeError })
  }
  object.close()
})

test('what is no link is neither walked nor updated', (t) => {
  const object = open()
  for (const link of [undefined, null, 1, {}, object]) {
    t.throws(() => binding.openIterator(link as unknown as NativeLink), { instanceOf: TypeError })
    t.throws(() => object.updateStructOps(link as unknown as NativeLink, 0), { instanceOf: TypeError })
  }
  object.close()
})

test('a target that cannot be is refused', (t) => {
  const object = open()
  t.throws(() => object.setAttachTarget(0, { fd: -1, function: 'f' }), { instanceOf: RangeError, message: /fd.*-1/ })
  t.throws(() => object.setAttachTarget(0, { fd: 2 ** 31 - 1, function: 'f' }), { instanceOf: BpfError, code: 'EBADF' })
  t.throws(() => object.setAttachTarget(0, { function: 'a\0b' }), { instanceOf: TypeError, message: /NUL/ })
  object.close()
})

test('rubbish opens no link and queries no hook', (t) => {
  const openLink = binding.openLink as (source: unknown) => unknown
  for (const source of [
    undefined,
    null,
    'path',
    {},
    { path: 1 },
    { id: '1' },
    { path: 'a', id: 1 },
    { path: 'a\0b' },
  ]) {
    t.throws(() => openLink(source), { instanceOf: TypeError })
  }
  for (const id of [-1, 1.5, Number.NaN, 2 ** 32]) t.throws(() => openLink({ id }), { instanceOf: RangeError })
  t.throws(() => openLink({ path: '/' }), { instanceOf: BpfError, code: 'EINVAL', message: /not on a bpffs/ })

  const query = binding.queryPrograms as (hook: unknown) => unknown
  for (const hook of [
    undefined,
    1,
    {},
    { attachType: 1 },
    { attachType: 'nothing' },
    { attachType: 'xdp', ifindex: '1' },
  ]) {
    t.throws(() => query(hook), { instanceOf: TypeError })
  }
  t.throws(() => query({ attachType: 'xdp', ifindex: -1 }), { instanceOf: RangeError, message: /ifindex .*-1/ })
  t.throws(() => query({ attachType: 'sk_msg_verdict', map: 9999 }), { instanceOf: BpfError, code: 'EBADF' })
})

test('an id that is none is refused by name', (t) => {
  for (const id of rubbish as number[]) {
    t.throws(() => binding.btfById(id), { message: /^id must be/ })
    t.throws(() => binding.mapById(id), { message: /^id must be/ })
    t.throws(() => binding.nextId('map', id), { message: /^id must be/ })
    t.throws(() => binding.openPidfd(id), { message: /^pid must be/ })
    t.throws(() => binding.openPinnedMap('/nonexistent', id), { message: /^flags must be/ })
  }
  for (const path of [undefined, 5, 'a\0b'] as string[]) {
    t.throws(() => binding.openPinnedMap(path, 0), { instanceOf: TypeError, message: /^path must/ })
  }
})
