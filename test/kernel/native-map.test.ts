import { BpfError } from 'ebpf'
import type { NativeMap } from '../../lib/internal/binding.js'
import { elementOf } from '../../lib/maps/native-element.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { binding } from '../native/addon.js'

const type = { hash: 1, array: 2, perCpuHash: 5, arrayOfMaps: 12, queue: 22 }
const noexist = 1

const u32 = (value: number) => new Uint8Array(new Uint32Array([value]).buffer)
const u64 = (value: number) => new Uint8Array(new BigUint64Array([BigInt(value)]).buffer)

function hash(maxEntries: number): NativeMap {
  return binding.createMap({ type: type.hash, name: 'native_hash', keySize: 4, valueSize: 8, maxEntries })
}

function update(map: NativeMap, key: Uint8Array, value: Uint8Array, flags = 0): void {
  const element = elementOf(map)
  element.key.set(key)
  element.value.set(value)
  map.update(flags)
}

function lookup(map: NativeMap, key: Uint8Array): Uint8Array | undefined {
  const element = elementOf(map)
  element.key.set(key)
  return map.lookup(0) ? element.value.slice() : undefined
}

function remove(map: NativeMap, key: Uint8Array): boolean {
  elementOf(map).key.set(key)
  return map.delete()
}

function fill(map: NativeMap, entries: number): void {
  const keys = new Uint8Array(Uint32Array.from({ length: entries }, (_, i) => i).buffer)
  const values = new Uint8Array(BigUint64Array.from({ length: entries }, (_, i) => BigInt(i * 3)).buffer)
  map.updateBatch(keys, values, entries, 0)
}

function walk(map: NativeMap, room: number, andDelete: boolean): Map<number, number> {
  const keys = new Uint8Array(4 * room)
  const values = new Uint8Array(8 * room)
  const cursor = new Uint8Array(8)
  const seen = new Map<number, number>()
  for (let first = true, done = false; !done; first = false) {
    const step = map.lookupBatch(cursor, first, keys, values, andDelete, 0)
    for (let i = 0; i < step.count; i++) {
      const key = new DataView(keys.buffer).getUint32(i * 4, true)
      seen.set(key, Number(new DataView(values.buffer).getBigUint64(i * 8, true)))
    }
    done = step.done
  }
  return seen
}

kernelTest('an entry is written, read, walked to and deleted', {}, (t) => {
  const map = hash(10)
  t.is(lookup(map, u32(1)), undefined)
  update(map, u32(1), u64(42), noexist)
  t.deepEqual(lookup(map, u32(1)), u64(42))
  t.throws(() => update(map, u32(1), u64(43), noexist), {
    instanceOf: BpfError,
    code: 'EEXIST',
    message: /native_hash/,
  })
  const next = new Uint8Array(4)
  t.true(map.nextKey(undefined, next))
  t.deepEqual(next, u32(1))
  t.false(map.nextKey(u32(1), next))
  t.true(remove(map, u32(1)))
  t.false(remove(map, u32(1)))
  map.close()
})

kernelTest('a map describes itself and is found by its id', {}, (t) => {
  const map = hash(10)
  const { id, ...info } = map.info
  t.deepEqual(info, {
    name: 'native_hash',
    type: type.hash,
    keySize: 4,
    valueSize: 8,
    maxEntries: 10,
    flags: 0,
    extra: 0n,
    ifindex: 0,
    btfId: 0,
    btfKeyTypeId: 0,
    btfValueTypeId: 0,
    btfVmlinuxValueTypeId: 0,
    userValueSize: 8,
  })
  const same = binding.mapById(id)
  t.not(same.fd, map.fd)
  update(map, u32(5), u64(6))
  t.deepEqual(lookup(same, u32(5)), u64(6))
  map.close()
  t.deepEqual(lookup(same, u32(5)), u64(6))
  same.close()
  t.throws(() => binding.mapById(0x7fff_ffff), { instanceOf: BpfError, code: 'ENOENT', message: /2147483647/ })
})

kernelTest('a batch walk sees every entry once, whatever the buffers hold', {}, (t) => {
  const map = hash(1000)
  fill(map, 1000)
  for (const room of [64, 333, 1000, 5000]) {
    const seen = walk(map, room, false)
    t.is(seen.size, 1000)
    for (const [key, value] of seen) t.is(value, key * 3)
  }
  t.is(walk(map, 100, true).size, 1000)
  t.is(walk(map, 100, false).size, 0)
  map.close()
})

kernelTest('a bucket larger than the buffers is ENOSPC, and nothing is lost', {}, (t) => {
  const map = hash(1000)
  fill(map, 1000)
  t.throws(() => walk(map, 1, true), { instanceOf: BpfError, code: 'ENOSPC' })
  const rest = walk(map, 1000, true).size
  t.true(rest > 900 && rest <= 1000)
  map.close()
})

kernelTest('a batch deletes up to a key that is absent', {}, (t) => {
  const map = hash(10)
  fill(map, 3)
  t.is(map.deleteBatch(new Uint8Array(new Uint32Array([0, 1, 77, 2]).buffer), 4), 2)
  t.deepEqual([...walk(map, 10, false).keys()], [2])
  map.close()
})

kernelTest('a per-CPU value has a place for each possible CPU', {}, (t) => {
  const map = binding.createMap({ type: type.perCpuHash, keySize: 4, valueSize: 12, maxEntries: 2 })
  const size = 16 * binding.possibleCpus()
  t.is(map.info.userValueSize, size)
  const value = new Uint8Array(size).map((_, i) => (i % 16 < 12 ? i : 0))
  update(map, u32(0), value)
  t.deepEqual(lookup(map, u32(0)), value)
  map.close()
})

kernelTest('a queue has no keys', {}, (t) => {
  const map = binding.createMap({ type: type.queue, keySize: 0, valueSize: 8, maxEntries: 4 })
  const nothing = new Uint8Array()
  update(map, nothing, u64(1))
  update(map, nothing, u64(2))
  t.deepEqual(lookup(map, nothing), u64(1))
  t.true(map.lookupAndDelete(0))
  t.true(map.lookupAndDelete(0))
  t.deepEqual(elementOf(map).value, u64(2))
  t.false(map.lookupAndDelete(0))
  map.close()
})

kernelTest(
  'a map of maps takes a descriptor, off the main thread, though the map is closed meanwhile',
  {},
  async (t) => {
    const inner = hash(4)
    const outer = binding.createMap({
      type: type.arrayOfMaps,
      keySize: 4,
      valueSize: 4,
      maxEntries: 1,
      innerMapFd: inner.fd,
    })
    const same = binding.mapById(outer.info.id)
    const updated = outer.updateAsync(u32(0), u32(inner.fd), 0)
    outer.close()
    await updated
    t.deepEqual(lookup(same, u32(0)), u32(inner.info.id))
    await t.throwsAsync(same.updateAsync(u32(7), u32(inner.fd), 0), { instanceOf: BpfError, code: 'E2BIG' })
    same.close()
    inner.close()
  },
)

kernelTest('the element is always the same memory, which outlives the map', {}, (t) => {
  const map = hash(10)
  update(map, u32(1), u64(2))
  const { element } = map
  t.is(map.element, element)
  map.close()
  t.deepEqual(new Uint8Array(element, 8), u64(2))
})

kernelTest('a frozen map cannot be written', {}, (t) => {
  const map = hash(4)
  map.freeze()
  t.throws(() => update(map, u32(0), u64(0)), { instanceOf: BpfError, code: 'EPERM' })
  map.close()
})

kernelTest('buffers of the wrong size are a RangeError that names both sizes', {}, (t) => {
  const map = hash(10)
  const key = u32(0)
  const value = u64(0)
  const sizes = { instanceOf: RangeError, message: /must be .*bytes long, not/ }
  t.throws(() => map.updateAsync(new Uint8Array(3), value, 0), {
    instanceOf: RangeError,
    message: 'key must be 4 bytes long, not 3',
  })
  t.throws(() => map.updateAsync(key, new Uint8Array(9), 0), {
    instanceOf: RangeError,
    message: 'value must be 8 bytes long, not 9',
  })
  t.throws(() => map.nextKey(undefined, new Uint8Array(3)), sizes)
  t.throws(() => map.nextKey(new Uint8Array(3), key), sizes)
  t.throws(() => map.lookupBatch(new Uint8Array(7), true, key, value, false, 0), { ...sizes, message: /^cursor/ })
  t.throws(() => map.lookupBatch(value, true, new Uint8Array(3), value, false, 0), { ...sizes, message: /^keys/ })
  t.throws(() => map.lookupBatch(value, true, new Uint8Array(8), value, false, 0), {
    ...sizes,
    message: /^values .* 2 times 8/,
  })
  t.throws(() => map.updateBatch(key, value, 2, 0), { ...sizes, message: /^keys/ })
  t.throws(() => map.updateBatch(new Uint8Array(8), value, 2, 0), { ...sizes, message: /^values/ })
  t.throws(() => map.deleteBatch(key, 0xffff_ffff), { ...sizes, message: /^keys/ })
  t.throws(() => map.updateAsync(key, new Uint16Array(4) as unknown as Uint8Array, 0), { instanceOf: TypeError })
  t.throws(() => map.lookup(-1), { instanceOf: RangeError, message: /flags .*-1/ })
  map.close()
})

kernelTest('a closed map answers EBADF, and closing it again is nothing', {}, (t) => {
  const map = hash(10)
  map.close()
  map.close()
  const closed = { instanceOf: BpfError, code: 'EBADF', message: 'map native_hash is closed' }
  t.throws(() => map.fd, closed)
  t.throws(() => map.lookup(0), closed)
  t.throws(() => map.update(0), closed)
  t.throws(() => map.delete(), closed)
  t.throws(() => map.updateAsync(u32(0), u64(0), 0), closed)
  t.throws(() => map.freeze(), closed)
  t.throws(() => binding.openRingBuffer(map), closed)
  t.is(map.info.keySize, 4)
})

kernelTest('a method of one class called on another is a TypeError', {}, (t) => {
  const map = hash(1)
  const object = binding.openObject('test/fixtures/native_ringbuf.bpf.o', {})
  t.throws(() => Reflect.apply(map.close, object, []), { instanceOf: TypeError })
  t.throws(() => Reflect.apply(object.close, map, []), { instanceOf: TypeError })
  const descriptor = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(map), 'fd')
  for (const receiver of [object, {}, undefined, Object.getPrototypeOf(map)]) {
    t.throws(() => Reflect.apply(descriptor?.get as () => number, receiver, []), { instanceOf: TypeError })
  }
  object.close()
  map.close()
})

kernelTest('a map that the kernel refuses is its errno', {}, (t) => {
  const create = () => binding.createMap({ type: type.hash, name: 'bad', keySize: 0, valueSize: 8, maxEntries: 1 })
  t.throws(create, { instanceOf: BpfError, code: 'EINVAL', message: /create map bad/ })
})
