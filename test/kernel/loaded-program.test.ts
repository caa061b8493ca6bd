import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import test from 'ava'
import { type BpfObject, open, openProgram } from 'ebpf'
import { bootTimeToDate, enableStats } from 'ebpf/kernel'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { isOlderThan } from '../helpers/kernel-version.js'

const packet = new Uint8Array(64)

/** Loads one program of the fixture, without the maps that it does not need. */
function load(name: string): BpfObject {
  const object = open(fixture('objects'))
  for (const program of object.programs.values()) program.autoload = program.name === name
  for (const map of ['outer', 'pinned', 'stacks']) object.map(map).autocreate = false
  return object.loadSync()
}

test('a program says what the kernel knows of it', (t) => {
  const before = Date.now()
  using bpf = load('touch')
  const info = bpf.program('touch').info({ instructions: true })
  t.like(info, { name: 'touch', type: 'sched_cls', typeId: 3, uid: 0, gplCompatible: true, ifindex: 0 })
  t.true(info.mapIds.includes(bpf.map('plain').id))
  t.true(info.loadedAt.getTime() >= before - 1000 && info.loadedAt.getTime() <= Date.now() + 1000)
  t.is(Math.round(bootTimeToDate(info.loadTime).getTime() / 1000), Math.round(info.loadedAt.getTime() / 1000))
  t.true(info.btfId > 0)
  t.true(info.xlatedSize > 0 && info.xlatedSize % 8 === 0)
  // Empty if the kernel does not show instructions.
  t.true(info.xlated?.length === info.xlatedSize || info.xlated?.length === 0)
  t.true(info.jited?.length === info.jitedSize || info.jited?.length === 0)
  t.is(bpf.program('touch').info().xlated, undefined)
  if (!isOlderThan('5.16')) t.true(info.verifiedInstructions > 0)
})

test('runs are counted while statistics are enabled', (t) => {
  using bpf = load('touch')
  const program = bpf.program('touch')
  {
    using stats = enableStats()
    t.false(stats.closed)
    program.run({ data: packet, repeat: 20 })
  }
  const { runCount, runTime } = program.info()
  t.is(runCount, 20n)
  t.true(runTime > runCount, `${runTime} ns`)
})

test('a program that is pinned is opened by path and by id, described, run and unpinned', (t) => {
  const folder = mkdtempSync('/sys/fs/bpf/ebpf-test-')
  try {
    const path = `${folder}/touch`
    const { id } = (() => {
      using bpf = load('touch')
      bpf.program('touch').pin(path)
      t.throws(() => bpf.program('touch').pin(path), { code: 'EEXIST', message: new RegExp(path) })
      bpf.map('plain')
      return bpf.program('touch').info()
    })()
    using pinned = openProgram({ path })
    using numbered = openProgram({ id })
    t.is(pinned.info().id, id)
    t.is(numbered.info().name, 'touch')
    t.is(pinned.run({ data: packet }).returnValue, 1)
    t.is(numbered.run({ data: packet, repeat: 2 }).returnValue, 3)
    t.is(pinned.pinPath, path)
    pinned.unpin()
    t.false(existsSync(path))
    t.throws(() => pinned.unpin(), { code: 'EINVAL', message: /has not pinned it/ })
    t.throws(() => openProgram({ path }), { code: 'ENOENT' })
    t.throws(() => numbered.pin('/tmp/no-bpffs'), { code: 'EINVAL', message: /\/tmp\/ is not on a bpffs/ })
    t.throws(() => openProgram({ path: '/tmp' }), { code: 'EINVAL', message: /\/tmp is not on a bpffs/ })
    t.throws(() => openProgram({ id: 0xffff_fff0 }), { code: 'ENOENT' })
    pinned.close()
    t.throws(() => pinned.info(), { code: 'EBADF' })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('what is pinned and no program is refused', (t) => {
  const folder = mkdtempSync('/sys/fs/bpf/ebpf-test-')
  try {
    const object = open(fixture('objects'))
    for (const program of object.programs.values()) program.autoload = program.name === 'touch'
    for (const map of ['outer', 'pinned', 'stacks']) object.map(map).autocreate = false
    object.map('plain').pinPath = `${folder}/plain`
    using _bpf = object.loadSync()
    t.throws(() => openProgram({ path: `${folder}/plain` }), { code: 'EINVAL', message: /not a program/ })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a raw tracepoint program runs with its arguments, on a CPU that is named', (t) => {
  using bpf = load('sum_arguments')
  const context = new Uint8Array(new BigUint64Array([0x8123_4500n, 0x67n]).buffer)
  t.is(bpf.program('sum_arguments').run({ context, cpu: 0 }).returnValue, 0x8123_4567)
  t.throws(() => bpf.program('sum_arguments').run({ context, cpu: 100_000 }), { message: /sum_arguments/ })
})

kernelTest('an XDP program gets frames as from a driver', { needs: ['live_frames'] }, (t) => {
  using bpf = load('drop_frame')
  const result = bpf.program('drop_frame').run({ data: packet, repeat: 100, liveFrames: true, batchSize: 10 })
  t.is(result.data.length, 0)
  t.is(bpf.globals.runs, 100)
})

test('what cannot be run says why', (t) => {
  using bpf = load('touch')
  // A flag that no kernel knows, and that the type does not accept.
  t.throws(() => bpf.program('touch').run({ data: packet, flags: 0x4000_0000 }), { code: 'EINVAL', message: /touch/ })
  t.throws(() => bpf.program('touch').run({ data: new Uint8Array(4) }), { code: 'EINVAL', message: /touch/ })
  t.throws(() => bpf.program('touch').run({ data: packet, dataOutSize: 10 }), {
    code: 'ENOSPC',
    message: /returns 64 bytes, and dataOutSize is only 10/,
  })
  const object = open(fixture('objects'))
  for (const program of object.programs.values()) program.autoload = program.name === 'touch_pinned'
  for (const map of ['outer', 'stacks']) object.map(map).autocreate = false
  object.map('pinned').pinPath = undefined
  object.program('touch_pinned').type = 'sock_ops'
  using other = object.loadSync()
  t.throws(() => other.program('touch_pinned').run({ context: packet }), { code: 'ENOTSUPP', message: /of this type/ })
})
