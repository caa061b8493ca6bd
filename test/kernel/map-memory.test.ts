import { setImmediate } from 'node:timers/promises'
import { BpfError, createMap, open, u32, u64 } from 'ebpf'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { isOlderThan } from '../helpers/kernel-version.js'
import { loadFixture, runOnPacket } from '../helpers/load-fixture.js'

interface Traffic {
  bytes: bigint
  packets: number
  unused: number
}

kernelTest('a frozen map is read-only, and says so', {}, async (t) => {
  using map = createMap({ type: 'hash', name: 'settled', key: u32, value: u64, maxEntries: 4 })
  map.set(1, 1n)
  t.false(map.info().frozen)
  map.freeze()
  t.true(map.info().frozen)
  t.is(map.get(1), 1n)
  for (const change of [() => map.set(1, 2n), () => map.delete(1), () => map.setBatch([[1, 2n]])]) {
    t.throws(change, { code: 'EPERM', message: /settled: the map is frozen/ })
  }
  await t.throwsAsync(map.setAsync(1, 2n), { code: 'EPERM', message: /settled: the map is frozen/ })
  map.freeze()
})

kernelTest('a view shares an array with the programs that use it', {}, (t) => {
  using bpf = loadFixture('maps', ['account'])
  const shared = bpf.map<number, Traffic>('shared')
  using view = shared.view()
  t.true(view.writable)
  t.is(view.length, 1000)
  view.set(999, { bytes: 1n, packets: 7, unused: 0 })
  t.is(shared.get(999)?.packets, 7)
  runOnPacket(bpf, 'account', 999)
  t.deepEqual(view.get(999), { bytes: 65n, packets: 8, unused: 0 })
  // The sum that a program adds to atomically is exact if JavaScript adds to it atomically too.
  Atomics.add(new BigUint64Array(view.buffer), (999 * view.stride) / 8, 35n)
  t.is(shared.get(999)?.bytes, 100n)
  t.is([...view].length, 1000)
  t.throws(() => view.get(1000), { instanceOf: RangeError, message: /shared.*1000/ })
  t.throws(() => view.read(view.byteLength - 1, 2), { instanceOf: RangeError })
  t.throws(() => bpf.map('traffic').view(), { code: 'ENOTSUP', message: /traffic of type percpu_hash/ })
  t.throws(() => bpf.map('last_stack').view(), { code: 'ENOTSUP', message: /mmapable/ })
})

kernelTest('values of a view lie as far apart as the kernel puts them, and none is longer', {}, (t) => {
  const either = { size: 4, encode: (value: number) => new Uint8Array(value), decode: () => 0 }
  using map = createMap({ type: 'array', name: 'cells', value: u32, maxEntries: 3, flags: ['mmapable'] })
  using view = map.view()
  t.is(view.stride, 8)
  view.set(0, 1).set(1, 2).set(2, 3)
  t.deepEqual([...map.values()], [1, 2, 3])
  t.deepEqual([...view], [1, 2, 3])
  using long = createMap({ type: 'array', name: 'cells', value: either, maxEntries: 2, flags: ['mmapable'] })
  using cells = long.view()
  cells.write(8, Uint8Array.of(5))
  t.throws(() => cells.set(0, 9), { instanceOf: RangeError, message: /cells has at most 8 bytes, not 9/ })
  t.deepEqual([...cells.read(8, 1)], [5])
})

kernelTest('a closed view answers EBADF, and its buffer stays the map’s memory', {}, (t) => {
  using map = createMap({ type: 'array', name: 'cells', value: u64, maxEntries: 4, flags: ['mmapable'] })
  const view = map.view()
  const other = map.view()
  const cells = new BigUint64Array(view.buffer)
  t.is(view.buffer, cells.buffer)
  cells[2] = 5n
  map.close()
  t.is(view.get(2), 5n)
  view.close()
  view.close()
  cells[2] = 6n
  t.is(other.get(2), 6n)
  other.close()
  t.throws(() => view.get(2), { code: 'EBADF', message: /cells is closed/ })
  t.throws(() => view.buffer, { code: 'EBADF' })
})

kernelTest('the view of a frozen map only reads, and a writable view keeps a map from being frozen', {}, async (t) => {
  using map = createMap({ type: 'array', name: 'cells', value: u64, maxEntries: 4, flags: ['mmapable'] })
  const writable = map.view()
  writable.set(1, 8n)
  t.throws(() => map.freeze(), { code: 'EBUSY' })
  writable.close()
  using early = map.view({ readonly: true })
  // The memory is unmapped once nothing uses it any more, which the event loop is notified of.
  while (!map.info().frozen) {
    await setImmediate()
    try {
      map.freeze()
    } catch (error) {
      if (!(error instanceof BpfError) || error.code !== 'EBUSY') throw error
    }
  }
  using view = map.view()
  for (const each of [early, view]) {
    t.false(each.writable)
    t.is(each.get(1), 8n)
    t.deepEqual([...each.read(8, 8)], [8, 0, 0, 0, 0, 0, 0, 0])
    t.throws(() => each.set(1, 9n), { code: 'EACCES', message: /cells is read-only/ })
    t.throws(() => each.write(0, new Uint8Array(1)), { code: 'EACCES' })
    t.throws(() => each.buffer, { code: 'EACCES' })
  }
})

kernelTest('a codec that writes to what it decodes gets a copy of read-only memory', {}, (t) => {
  const scribbler = {
    size: 8,
    encode: u64.encode,
    decode(bytes: Uint8Array, view: DataView, offset: number): bigint {
      const value = u64.decode(bytes, view, offset)
      bytes.fill(0xff)
      return value
    },
  }
  using map = createMap({ type: 'array', value: scribbler, maxEntries: 4, flags: ['mmapable'] })
  map.set(1, 3n)
  using view = map.view({ readonly: true })
  t.is(view.get(1), 3n)
  t.is(view.get(1), 3n)
})

kernelTest('an arena is memory', { needs: ['arena'] }, (t) => {
  using map = createMap({ type: 'arena', name: 'heap', maxEntries: 16 })
  using arena = map.view()
  t.is(arena.length, 0)
  t.true(arena.byteLength >= 16 * 4096)
  new Uint32Array(arena.buffer)[1000] = 0xfeed
  t.deepEqual([...arena.read(4000, 2)], [0xed, 0xfe])
  t.throws(() => arena.get(0), { instanceOf: RangeError })
  t.throws(() => map.get(new Uint8Array() as never), { code: 'ENOTSUP', message: /heap of type arena.*view\(\)/ })
})

/** libbpf puts the variables at the beginning of an arena, or at its end if the kernel accepts addresses there. */
function variablesOf({ buffer, byteLength }: { readonly buffer: ArrayBufferLike; readonly byteLength: number }) {
  return new BigUint64Array(buffer, isOlderThan('7.0') ? 0 : byteLength - 4096)
}

kernelTest("an arena's variables are globals, before load and live after it", { needs: ['arena'] }, (t) => {
  const object = open(fixture('arena'))
  t.deepEqual(object.globals.packets, [0n, 0n, 0n, 0n])
  object.globals.packets = [1n, 2n, 3n, 40n]
  using bpf = object.loadSync()
  runOnPacket(bpf, 'add', 2)
  t.deepEqual(bpf.globals.packets, [1n, 2n, 3n, 42n])
  bpf.globals.packets = [0n, 0n, 0n, 7n]
  runOnPacket(bpf, 'add', 1)
  using arena = bpf.map('heap').view()
  t.is(variablesOf(arena)[3], 8n)
})

// libbpf maps only an arena that it creates. For another object's arena it only has a copy of the variables, on the
// heap.
kernelTest('an arena that is reused is mapped by its own handle only', { needs: ['arena'] }, (t) => {
  using heap = createMap({ type: 'arena', name: 'heap', maxEntries: 16 })
  using arena = heap.view()
  const object = open(fixture('arena'))
  object.map('heap').reuse(heap)
  const packets = variablesOf(arena)
  packets[3] = 40n
  using bpf = object.loadSync()
  runOnPacket(bpf, 'add', 2)
  t.is(packets[3], 42n)
  t.throws(() => bpf.map('heap').view(), { code: 'EINVAL' })
  t.throws(() => bpf.globals.packets, { code: 'EINVAL', message: /map heap is not mapped by this object/ })
})

kernelTest('an arena whose pages must be allocated first takes no variables', { needs: ['arena'] }, (t) => {
  const object = open(fixture('arena'))
  object.map('heap').flags |= 1 << 17 // BPF_F_SEGV_ON_FAULT
  t.throws(() => object.loadSync(), { code: 'EINVAL', message: /arena heap holds global variables.*SEGV_ON_FAULT/ })
})

kernelTest('an arena is shared with the programs of its object, and outlives it', { needs: ['arena'] }, (t) => {
  const bpf = loadFixture('arena', ['add'])
  const map = bpf.map('heap')
  using arena = map.view()
  const packets = variablesOf(arena)
  packets[3] = 40n
  runOnPacket(bpf, 'add', 2)
  t.is(packets[3], 42n)
  t.true(arena.byteLength >= 16 * 4096)
  bpf.close()
  t.is(packets[3], 42n)
  packets[0] = 1n
  t.is(arena.read(packets.byteOffset, 1)[0], 1)
})

kernelTest('an arena that an object reuses is the memory of whoever made it', { needs: ['arena'] }, (t) => {
  using heap = createMap({ type: 'arena', name: 'heap', maxEntries: 16 })
  using memory = heap.view()
  const object = open(fixture('arena'))
  object.map('heap').reuse(heap)
  using bpf = object.loadSync()
  // A page that nobody has touched does not exist, and what a program writes to it is lost.
  const packets = variablesOf(memory)
  packets[3] = 40n
  runOnPacket(bpf, 'add', 2)
  t.is(packets[3], 42n)
  // libbpf does not map an arena that it reuses, and the kernel lets a process map one at one address only.
  t.throws(() => bpf.map('heap').view(), {
    instanceOf: BpfError,
    message: /heap: the first process that mapped the arena/,
  })
})
