import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmdirSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import type { ExecutionContext } from 'ava'
import { createMap, type MapType, openProcess, u8, u32, u64 } from 'ebpf'
import { hasMapType, possibleCpus } from 'ebpf/kernel'
import { kernelTest } from '../helpers/kernel-test.js'
import { loadFixture, runOnPacket } from '../helpers/load-fixture.js'
import { binding } from '../native/addon.js'

for (const type of ['hash', 'lru_hash'] as const) {
  kernelTest(`a ${type} map gets, sets, has and deletes`, {}, (t) => {
    using map = createMap({ type, name: 'kinds', key: u32, value: u64, maxEntries: 8 })
    t.is(map.type, type)
    t.is(map.get(1), undefined)
    map.set(1, 2n ** 63n).set(2, 5n, { mode: 'noexist' })
    t.throws(() => map.set(2, 5n, 'noexist'), { code: 'EEXIST' })
    t.is(map.get(1), 2n ** 63n)
    t.true(map.has(2))
    t.true(map.delete(2))
    t.false(map.has(2))
    t.deepEqual([...map], [[1, 2n ** 63n]])
  })
}

kernelTest('take removes the entry and returns it', { needs: ['take'] }, (t) => {
  using map = createMap({ type: 'hash', key: u32, value: u64, maxEntries: 8 })
  map.set(1, 7n)
  // The value has no lock that could be taken.
  t.throws(() => map.take(1, { lock: true }), { code: 'EINVAL' })
  t.is(map.take(1), 7n)
  t.is(map.take(1), undefined)
})

kernelTest('a value that is set off the main thread is set in the mode that is asked for', {}, async (t) => {
  using map = createMap({ type: 'hash', key: u32, value: u64, maxEntries: 8 })
  await t.throwsAsync(map.setAsync(1, 6n, 'exist'), { code: 'ENOENT' })
  await map.setAsync(1, 7n, 'noexist')
  await t.throwsAsync(map.setAsync(1, 8n, { mode: 'noexist' }), { code: 'EEXIST' })
  t.is(map.get(1), 7n)
})

kernelTest('an array has every entry from the start, and none can be deleted', {}, (t) => {
  using map = createMap({ type: 'array', name: 'cells', value: u64, maxEntries: 3 })
  map.set(1, 9n)
  t.deepEqual([...map.values()], [0n, 9n, 0n])
  t.throws(() => map.delete(1), { code: 'ENOTSUP', message: /cells of type array has no delete.*set it/ })
  t.throws(() => map.take(1), { code: 'ENOTSUP', message: /cells of type array/ })
  t.throws(() => map.push(1n), { code: 'ENOTSUP', message: /cells of type array.*queues/ })
  t.throws(() => map.set(3, 1n), { code: 'E2BIG' })
  using perCpu = createMap({ type: 'percpu_array', name: 'parts', value: u64, maxEntries: 1 })
  t.throws(() => perCpu.delete(0), { code: 'ENOTSUP', message: /parts of type percpu_array has no delete.*set it/ })
})

for (const type of ['percpu_hash', 'percpu_array', 'lru_percpu_hash'] as const) {
  kernelTest(`a ${type} map holds a value for each CPU, and adds them up`, {}, (t) => {
    // An LRU map with few entries has no room left on a machine with many CPUs.
    using map = createMap({ type, name: 'kinds', key: u32, value: u64, maxEntries: 256 })
    const values = Array.from({ length: possibleCpus() }, (_, cpu) => BigInt(cpu + 1))
    map.set(1, values)
    t.deepEqual(map.get(1), values)
    t.is(
      map.getSum(1),
      values.reduce((sum, value) => sum + value),
    )
    map.setEveryCpu(1, 3n)
    t.is(map.getSum(1), 3n * BigInt(values.length))
    t.throws(() => map.setEveryCpu(1, 4n, 'noexist'), { code: 'EEXIST' })
    t.deepEqual(new Map(map.sums()).get(1), 3n * BigInt(values.length))
  })
}

kernelTest('values for each CPU whose size is no multiple of 8 do not run into one another', {}, (t) => {
  const cpus = Array.from({ length: possibleCpus() }, (_, cpu) => cpu)
  using words = createMap({ type: 'percpu_array', value: u32, maxEntries: 2 })
  using bytes = createMap({ type: 'percpu_hash', key: u32, valueSize: 13, maxEntries: 2 })
  const word = (index: number) => cpus.map((cpu) => 1000 * index + cpu + 1)
  const text = (index: number) => cpus.map((cpu) => Buffer.alloc(13, 16 * index + cpu + 1))
  for (const index of [0, 1]) {
    words.set(index, word(index))
    bytes.set(index, text(index))
  }
  for (const index of [0, 1]) {
    t.deepEqual(words.get(index), word(index))
    t.deepEqual(bytes.get(index)?.map(Buffer.from), text(index))
  }
  // As the kernel returns them: behind the key, at offset 8, 8 bytes for each CPU's value.
  const raw = binding.mapById(words.id)
  new Uint32Array(raw.element)[0] = 1
  t.true(raw.lookup(0))
  const kept = Array.from(new BigUint64Array(raw.element, 8, cpus.length), (value) => Number(value & 0xffff_ffffn))
  raw.close()
  t.deepEqual(kept, word(1))
  t.deepEqual([...words.values()], [word(0), word(1)])
  t.is(
    new Map(words.sums()).get(1),
    word(1).reduce((sum, value) => sum + value),
  )
  for (const [index, values] of bytes) t.deepEqual(values.map(Buffer.from), text(index))
})

kernelTest('a map has the flags that its kind needs besides those that are given', {}, (t) => {
  // BPF_F_NO_PREALLOC and BPF_F_RDONLY_PROG
  using trie = createMap({ type: 'lpm_trie', keySize: 8, value: u32, maxEntries: 1 })
  t.is(trie.info().flags, 0x01)
  using given = createMap({ type: 'lpm_trie', keySize: 8, value: u32, maxEntries: 1, flags: ['rdonly_prog'] })
  t.is(given.info().flags, 0x81)
})

kernelTest('a map is offloaded to the device that is asked for, which must be there', {}, (t) => {
  const offload = () =>
    createMap({ type: 'hash', name: 'kinds', key: u32, value: u64, maxEntries: 1, ifindex: 0x7fff_ffff })
  // ENOTSUP on a kernel without such devices
  t.regex(t.throws(offload, { message: /kinds/ })?.message ?? '', /EINVAL|ENOTSUP/)
})

kernelTest('a map is made on the memory node that is asked for', {}, (t) => {
  const options = { type: 'hash', name: 'kinds', key: u32, value: u64, maxEntries: 1 } as const
  using plain = createMap(options)
  using onNode = createMap({ ...options, numaNode: 0 })
  // BPF_F_NUMA_NODE
  t.is(plain.info().flags & 4, 0)
  t.is(onNode.info().flags & 4, 4)
  t.throws(() => createMap({ ...options, numaNode: 9999 }), { code: 'EINVAL', message: /kinds/ })
})

kernelTest('the values of a struct are added up field by field', {}, (t) => {
  using bpf = loadFixture('maps', ['account'])
  const traffic = bpf.map<number, { bytes: bigint; packets: number; unused: number }[]>('traffic')
  for (let i = 0; i < 5; i++) runOnPacket(bpf, 'account', 3)
  t.deepEqual(traffic.getSum(3), { bytes: 5n * 64n, packets: 5, unused: 0 })
  t.is(traffic.getSum(4), undefined)
  t.throws(() => bpf.map('guarded').getSum(1), { instanceOf: TypeError, message: /guarded of type hash/ })
})

kernelTest('a value with a spin lock is read and written under it', {}, (t) => {
  using bpf = loadFixture('maps', [])
  const guarded = bpf.map<number, { lock: { val: number }; count: number }>('guarded')
  guarded.set(1, { lock: { val: 0 }, count: 1 })
  guarded.set(1, { lock: { val: 0 }, count: 2 }, { mode: 'exist', lock: true })
  t.is(guarded.get(1, { lock: true })?.count, 2)
  using plain = createMap({ type: 'hash', key: u32, value: u32, maxEntries: 1 })
  t.throws(() => plain.set(1, 1, { lock: true }), { code: 'EINVAL' })
})

kernelTest('an LPM trie finds the longest prefix', {}, (t) => {
  using bpf = loadFixture('maps', [])
  const routes = bpf.map<{ prefixlen: number; address: Uint8Array }, number>('routes')
  const key = (prefixlen: number, ...address: number[]) => ({ prefixlen, address: Uint8Array.from(address) })
  routes.set(key(8, 10, 0, 0, 0), 1).set(key(24, 10, 1, 2, 0), 2)
  t.is(routes.get(key(32, 10, 1, 2, 3)), 2)
  t.is(routes.get(key(32, 10, 9, 9, 9)), 1)
  t.is(routes.get(key(32, 11, 0, 0, 1)), undefined)
  t.deepEqual([...routes.values()].sort(), [1, 2])
})

kernelTest('a queue and a stack push, pop and peek', {}, (t) => {
  using queue = createMap({ type: 'queue', name: 'waiting', value: u32, maxEntries: 2 })
  using stack = createMap({ type: 'stack', value: u32, maxEntries: 2 })
  for (const map of [queue, stack]) {
    t.is(map.pop(), undefined)
    map.push(1)
    map.push(2)
    t.throws(() => map.push(3), { code: 'E2BIG' })
    map.push(3, { overwrite: true })
  }
  t.is(queue.peek(), 2)
  t.deepEqual([queue.pop(), queue.pop(), queue.peek()], [2, 3, undefined])
  t.deepEqual([stack.peek(), stack.pop(), stack.pop(), stack.pop()], [3, 3, 2, undefined])
  t.throws(() => queue.get(1 as never), { code: 'ENOTSUP', message: /waiting of type queue.*push\(\), pop\(\)/ })
  t.throws(() => [...queue], { code: 'ENOTSUP', message: /waiting of type queue/ })
})

kernelTest('a bloom filter never misses what was added', { needs: ['bloom_filter'] }, (t) => {
  using filter = createMap({ type: 'bloom_filter', name: 'seen', value: u64, maxEntries: 100, extra: 3n })
  t.is(filter.info().extra, 3n)
  for (let i = 0n; i < 100n; i++) filter.add(i)
  for (let i = 0n; i < 100n; i++) t.true(filter.has(i))
  const wrong = Array.from({ length: 1000 }, (_, i) => BigInt(i + 1000)).filter((i) => filter.has(i))
  t.true(wrong.length < 300, `${wrong.length} of 1000 were taken for known`)
  t.throws(() => filter.delete(1n), { code: 'ENOTSUP', message: /seen of type bloom_filter/ })
})

for (const type of ['array_of_maps', 'hash_of_maps'] as const) {
  kernelTest(`${type}: set by a map, read as its id`, {}, (t) => {
    using inner = createMap({ type: 'hash', key: u32, value: u32, maxEntries: 4 })
    using outer = createMap({ type, key: u32, maxEntries: 2, inner })
    outer.set(1, inner)
    t.is(outer.get(1), inner.id)
    t.is(outer.get(0), undefined)
    t.deepEqual([...outer], [[1, inner.id]])
    t.throws(() => outer.set(1, inner.id), { instanceOf: TypeError, message: /handle/ })
    t.true(outer.delete(1))
    t.is(outer.get(1), undefined)
  })
}

kernelTest('a program array is called through once a program is set', {}, (t) => {
  using bpf = loadFixture('maps', ['account', 'stage'])
  const stages = bpf.map('stages')
  t.is(runOnPacket(bpf, 'account'), 1)
  stages.set(0, bpf.program('stage'))
  t.is(stages.get(0), bpf.program('stage').info().id)
  t.is(runOnPacket(bpf, 'account'), 42)
  t.true(stages.delete(0))
  t.is(runOnPacket(bpf, 'account'), 1)
})

kernelTest('a stack trace is read by its id', {}, (t) => {
  using bpf = loadFixture('maps', ['on_sys_enter'], { target_tgid: process.pid })
  const last = bpf.map<number, bigint>('last_stack')
  {
    using _link = bpf.program('on_sys_enter').attach()
    last.get(0)
  }
  const id = Number(last.get(0))
  t.true(id >= 0, `bpf_get_stackid: ${id}`)
  const frames = new BigUint64Array(bpf.map<number, Uint8Array>('stacks').get(id)?.slice().buffer ?? new ArrayBuffer(0))
  t.is(frames.length, 127)
  t.true((frames[0] ?? 0n) > 0n)
})

/** Sets a value for an owner, by its descriptor, and removes it. */
function keepsValueOf(
  t: ExecutionContext,
  type: 'sk_storage' | 'inode_storage' | 'task_storage' | 'cgrp_storage',
  owner: number | { fd: number },
) {
  using storage = createMap({ type, name: 'storage', value: u64 })
  t.is(storage.get(owner), undefined)
  storage.set(owner, 77n)
  t.is(storage.get(owner), 77n)
  t.true(storage.delete(owner))
  t.false(storage.has(owner))
  t.throws(() => [...storage], { code: 'ENOTSUP', message: new RegExp(`storage of type ${type}`) })
  t.throws(() => storage.get('x' as never), { instanceOf: TypeError, message: /descriptor.*x/ })
}

kernelTest('socket storage is kept by a socket', {}, async (t) => {
  await withConnection((socket) => keepsValueOf(t, 'sk_storage', descriptorOf(socket)))
})

kernelTest('inode storage is kept by a file', { needs: ['inode_storage'] }, (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'ebpf-'))
  const fd = openSync(directory, constants.O_RDONLY)
  try {
    keepsValueOf(t, 'inode_storage', fd)
  } finally {
    closeSync(fd)
    rmdirSync(directory)
  }
})

kernelTest('task storage is kept by a process', { needs: ['task_storage'] }, (t) => {
  using process_ = openProcess(process.pid)
  keepsValueOf(t, 'task_storage', process_)
  t.throws(() => openProcess(0x7fff_fffe), { code: 'ESRCH', message: /2147483646/ })
})

kernelTest('cgroup storage is kept by a cgroup', { needs: ['cgrp_storage'] }, (t) => {
  withCgroup((fd) => keepsValueOf(t, 'cgrp_storage', fd))
})

kernelTest('a cgroup array takes cgroups and gives none back', {}, (t) => {
  using map = createMap({ type: 'cgroup_array', name: 'groups', maxEntries: 1 })
  withCgroup((fd) => {
    map.set(0, fd)
    t.true(map.delete(0))
    t.false(map.delete(0))
  })
  t.throws(() => map.get(0), { code: 'ENOTSUP', message: /groups of type cgroup_array/ })
})

for (const type of ['sockmap', 'sockhash'] as const) {
  kernelTest(`a ${type} takes connected sockets and gives their cookies`, { needs: ['sockmap'] }, async (t) => {
    using map = createMap({ type, name: 'sockets', key: u32, valueSize: 8, maxEntries: 4 })
    await withConnection((socket) => {
      map.set(1, descriptorOf(socket))
      t.true((map.get(1) as bigint) > 0n)
      t.true(map.delete(1))
      t.is(map.get(1), undefined)
    })
    using small = createMap({ type, name: 'sockets', key: u32, maxEntries: 4 })
    t.throws(() => small.get(1), { code: 'ENOTSUP', message: /sockets of type sock(map|hash).*value size of 8/ })
  })
}

for (const type of ['devmap', 'devmap_hash'] as const) {
  kernelTest(`a ${type} holds interfaces`, {}, (t) => {
    using map = createMap({ type, maxEntries: 4 })
    map.set(2, 1)
    t.is(map.get(2), 1)
    t.true(map.delete(2))
    using withProgram = createMap({ type, valueSize: 8, maxEntries: 4 })
    withProgram.set(2, { target: 1 })
    t.deepEqual(withProgram.get(2), { target: 1 })
    t.throws(() => map.set(1, { target: 1, program: 3 }), { instanceOf: RangeError, message: /must be 8/ })
  })
}

kernelTest('a cpumap holds queues', {}, (t) => {
  using map = createMap({ type: 'cpumap', maxEntries: possibleCpus() })
  map.set(0, 64)
  t.is(map.get(0), 64)
  t.true(map.delete(0))
})

kernelTest('an xskmap takes only AF_XDP sockets', { needs: ['xskmap'] }, async (t) => {
  using map = createMap({ type: 'xskmap', name: 'xsks', maxEntries: 4 })
  await withConnection((socket) => {
    t.throws(() => map.set(0, descriptorOf(socket)), { code: 'ENOTSUP' })
  })
  t.notThrows(() => map.delete(0))
  t.throws(() => map.get(0), { code: 'ENOTSUP', message: /xsks of type xskmap/ })
})

kernelTest('a reuseport array refuses a socket without SO_REUSEPORT', {}, async (t) => {
  using map = createMap({ type: 'reuseport_sockarray', valueSize: 8, maxEntries: 2 })
  await withConnection((socket) => {
    t.throws(() => map.set(0, descriptorOf(socket)), { code: 'EINVAL' })
  })
  t.is(map.get(0), undefined)
})

kernelTest('the maps that cgroup programs keep their storage in are created', {}, (t) => {
  for (const type of ['cgroup_storage', 'percpu_cgroup_storage'] as const) {
    using map = createMap({ type, keySize: 8, value: u64, maxEntries: 0 })
    t.is(map.type, type)
    t.deepEqual([...map.keys()], [])
  }
})

kernelTest('an array of instructions is filled before it is frozen', { needs: ['insn_array'] }, (t) => {
  using map = createMap({ type: 'insn_array', name: 'jumps', valueSize: 16, maxEntries: 3 })
  t.is(map.type, 'insn_array')
  const place = Buffer.alloc(16)
  place.writeUInt32LE(7)
  map.set(2, place)
  t.deepEqual(
    [...map].map(([key, value]) => [key, Buffer.from(value).readUInt32LE()]),
    [
      [0, 0],
      [1, 0],
      [2, 7],
    ],
  )
  t.throws(() => map.delete(1), { code: 'ENOTSUP', message: /jumps of type insn_array has no delete/ })
})

kernelTest('streams of records have no entries, and say how they are used', {}, (t) => {
  using ring = createMap({ type: 'ringbuf', name: 'events', maxEntries: 4096 })
  t.throws(() => ring.get(new Uint8Array() as never), {
    code: 'ENOTSUP',
    message: /events of type ringbuf.*ringbuf\(\)/,
  })
  using perf = createMap({ type: 'perf_event_array', name: 'samples' })
  t.is(perf.maxEntries, possibleCpus())
  t.throws(() => perf.get(0), { code: 'ENOTSUP', message: /samples of type perf_event_array.*perfbuf\(\)/ })
})

kernelTest('rubbish is refused by name', {}, (t) => {
  t.throws(() => createMap({ type: 'hsah' as MapType, maxEntries: 1 }), { instanceOf: TypeError, message: /hsah/ })
  t.throws(() => createMap({ type: 'hash', value: u8, maxEntries: 1 }), { message: /keySize of a map of type hash/ })
  t.throws(() => createMap({ type: 'array', value: u8 }), { message: /maxEntries of a map of type array/ })
  t.throws(() => createMap({ type: 'array', value: u8, maxEntries: -1 }), { instanceOf: RangeError, message: /-1/ })
  t.throws(() => createMap({ type: 'array', value: u8, maxEntries: 1, flags: ['frozen' as never] }), {
    message: /frozen/,
  })
  t.throws(() => createMap({ type: 'array', value: u8, maxEntries: 1, name: 'a\0b' }), { message: /NUL/ })
  using map = createMap({ type: 'array', value: u8, maxEntries: 1 })
  t.throws(() => map.set(0, 256), { instanceOf: RangeError, message: /256/ })
  t.throws(() => map.set(0, 1, 'never' as never), { instanceOf: TypeError, message: /never/ })
  map.close()
  t.throws(() => map.get(0), { code: 'EBADF' })
})

/** Both ends of a TCP connection over loopback, which are closed afterwards. */
async function withConnection(use: (socket: Socket) => void): Promise<void> {
  const server: Server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address() as { port: number }
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
  const socket = connect(address.port, '127.0.0.1')
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  try {
    use(socket)
  } finally {
    socket.destroy()
    ;(await accepted).destroy()
    await new Promise((resolve) => server.close(resolve))
  }
}

/** It is internal to Node, but has always been there. */
const descriptorOf = (socket: Socket): number => (socket as unknown as { _handle: { fd: number } })._handle.fd

/** A cgroup of this test's own. */
function withCgroup(use: (fd: number) => void): void {
  const mount = readFileSync('/proc/self/mounts', 'utf8').match(/^\S+ (\S+) cgroup2 /m)?.[1]
  if (mount === undefined) throw new Error('no cgroup2 is mounted')
  const directory = mkdtempSync(join(mount, 'ebpf-'))
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    use(fd)
  } finally {
    closeSync(fd)
    rmdirSync(directory)
  }
}

kernelTest('a ring buffer has whole pages, as many as a power of two, whatever was asked for', {}, (t) => {
  for (const type of ['ringbuf', 'user_ringbuf'] as const) {
    if (!hasMapType(type)) continue
    for (const maxEntries of [1, 4095, 6000, 65_537]) {
      using ring = createMap({ type, maxEntries })
      const size = ring.info().maxEntries
      t.true(size >= maxEntries && size < Math.max(2 * maxEntries, 65_537), `${type}: ${size} for ${maxEntries}`)
      t.is(size & (size - 1), 0)
    }
  }
  // 4 GiB do not fit into the number.
  t.throws(() => createMap({ type: 'ringbuf', maxEntries: 0xffff_ffff }), { message: /^create map of type ringbuf: / })
})

kernelTest('a map whose name the kernel does not take is refused with what a name is made of', {}, (t) => {
  const options = { type: 'hash', keySize: 4, valueSize: 4, maxEntries: 1 } as const
  t.throws(() => createMap({ ...options, name: 'a-b' }), {
    code: 'EINVAL',
    message: /^create map a-b: EINVAL: a map's name is made of letters, digits, '_' and '\.', not 'a-b'$/,
  })
  using _ = createMap({ ...options, name: 'a.b_1' })
  using unnamed = createMap(options)
  t.is(inspect(unnamed), '[BpfMap the hash map without a name]')
})
