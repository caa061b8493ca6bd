import { existsSync, mkdirSync, mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMap, open, openMap, u32, u64 } from 'ebpf'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { loadFixture, runOnPacket } from '../helpers/load-fixture.js'

kernelTest('a map that is opened by id or name is decoded by the BTF that the kernel keeps', {}, (t) => {
  using bpf = loadFixture('maps', ['account'])
  runOnPacket(bpf, 'account', 9)
  const { id } = bpf.map('traffic')
  using byId = openMap<number, { bytes: bigint; packets: number; unused: number }[]>({ id })
  t.deepEqual(byId.getSum(9), { bytes: 64n, packets: 1, unused: 0 })
  t.like(byId.info(), {
    id,
    name: 'traffic',
    type: 'percpu_hash',
    keySize: 4,
    valueSize: 16,
    maxEntries: 64,
    frozen: false,
  })
  t.true(byId.info().btfId > 0)
  t.throws(() => openMap({ id: 0x7fff_ffff }), { code: 'ENOENT', message: /2147483647/ })
})

kernelTest('a name is found as far as the kernel keeps it, and must be one map’s', {}, (t) => {
  const name = `n${process.pid}_of_a_map_whose_name_is_long`
  using map = createMap({ type: 'hash', name: name.slice(0, 15), key: u32, value: u64, maxEntries: 1 })
  using found = openMap({ name })
  t.is(found.id, map.id)
  using twin = createMap({ type: 'array', name: name.slice(0, 15), value: u64, maxEntries: 1 })
  t.throws(() => openMap({ name }), {
    code: 'EEXIST',
    message: new RegExp(`${map.id} \\(hash\\), ${twin.id} \\(array\\)$`),
  })
  t.throws(() => openMap({ name: 'none_of_all' }), { code: 'ENOENT', message: /none_of_all/ })
})

kernelTest(
  'of maps whose long names begin alike the one that is asked for is found by the types of its object',
  {},
  (t) => {
    using object = open(fixture('long_names'))
    using bpf = object.loadSync()
    const [first, second, same, twin] = ['first', 'second', 'same', 'twin'].map((end) =>
      bpf.map(`counts_of_packets_${end}`),
    )
    for (const map of [first, second]) {
      if (map === undefined) return t.fail()
      using found = openMap({ name: map.name })
      t.is(found.id, map.id)
    }
    // These two have the same types, so nothing distinguishes them.
    const ids = [same, twin].map((map) => `${map?.id} \\(array\\)`).join(', ')
    t.throws(() => openMap({ name: 'counts_of_packets_twin' }), {
      code: 'EEXIST',
      message: new RegExp(
        `several maps are named counts_of_packe?, which is all that the kernel keeps .*_twin: .*: ${ids}$`,
      ),
    })
    t.throws(() => openMap({ name: 'counts_of_packets_nope' }), {
      code: 'ENOENT',
      message: /there is no map named counts_of_packets_nope: the types of map .* say that its name ends otherwise/,
    })
  },
)

kernelTest('a pinned map outlives its handles and is opened by its path', {}, (t) => {
  const directory = `/sys/fs/bpf/ebpf-${process.pid}`
  mkdirSync(directory)
  try {
    const path = join(directory, 'counts')
    const map = createMap({ type: 'hash', name: 'counts', key: u32, value: u64, maxEntries: 4 })
    map.set(1, 5n)
    map.pin(path)
    t.throws(() => map.pin(path), { code: 'EEXIST' })
    map.close()
    using again = openMap<number, bigint>({ path }, { key: u32, value: u64 })
    t.is(again.get(1), 5n)
    {
      using reader = openMap<number, bigint>({ path, access: 'read' }, { key: u32, value: u64 })
      t.is(reader.get(1), 5n)
      t.throws(() => reader.set(1, 6n), { code: 'EPERM', message: /counts: the map was opened to read it only/ })
    }
    t.is(again.pinPath, path)
    again.unpin()
    t.false(existsSync(path))
    t.throws(() => openMap({ path }), { code: 'ENOENT' })
    again.pin(path)
    again.unpin()
    t.false(existsSync(path))
    t.is(again.pinPath, undefined)
    t.throws(() => again.unpin(), { code: 'EINVAL', message: /^unpin map counts: this handle has not pinned it/ })
    t.throws(() => openMap({ path, access: 'none' as never }), { instanceOf: TypeError, message: /none/ })
  } finally {
    rmdirSync(directory)
  }
})

kernelTest('a pin is found again from another directory', {}, (t) => {
  const [directory, before] = [`/sys/fs/bpf/ebpf-${process.pid}`, process.cwd()]
  mkdirSync(directory)
  try {
    using map = createMap({ type: 'array', name: 'cells', value: u64, maxEntries: 1 })
    process.chdir(directory)
    map.pin('./cells')
    process.chdir(before)
    t.true(existsSync(join(directory, 'cells')))
    map.unpin()
    t.false(existsSync(join(directory, 'cells')))
  } finally {
    process.chdir(before)
    rmdirSync(directory)
  }
})

kernelTest('what a map’s descriptor may not do is refused with the reason', {}, (t) => {
  const flags = { type: 'hash', name: 'oneway', key: u32, value: u64, maxEntries: 4 } as const
  using writer = createMap({ ...flags, flags: ['wronly'] })
  writer.set(1, 5n)
  const refused = { code: 'EPERM', message: /oneway: the map was opened to write it only/ } as const
  t.throws(() => writer.get(1), refused)
  t.throws(() => writer.has(1), refused)
  t.throws(() => [...writer], { code: 'EPERM' })
  using reader = createMap({ ...flags, flags: ['rdonly'] })
  t.is(reader.get(1), undefined)
  t.throws(() => reader.set(1, 5n), { code: 'EPERM', message: /oneway: the map was opened to read it only/ })
  using frozen = createMap(flags)
  frozen.freeze()
  t.throws(() => frozen.set(1, 5n), { code: 'EPERM', message: /oneway: the map is frozen/ })
})

kernelTest('a path on another file system is refused before anything is made or removed', {}, (t) => {
  using map = createMap({ type: 'array', value: u64, maxEntries: 1 })
  const directory = mkdtempSync(join(tmpdir(), 'ebpf-'))
  try {
    t.throws(() => map.pin(join(directory, 'map')), { code: 'EINVAL', message: /not on a bpffs/ })
    t.throws(() => openMap({ path: directory }), { code: 'EINVAL', message: /not on a bpffs/ })
  } finally {
    rmdirSync(directory)
  }
})
