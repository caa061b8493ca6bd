import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { Worker } from 'node:worker_threads'
import { BpfError, IteratorLink } from 'ebpf'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { nativeOf } from '../helpers/native-of.js'
import { load } from '../helpers/tracing.js'
import { binding } from '../native/addon.js'

const { pid } = process
const ownThreads = () => readdirSync('/proc/self/task').map(Number)

kernelTest('what an iterator prints is read as text, as lines and as a stream', { needs: ['iter'] }, async (t) => {
  using bpf = load('iterators', 'print_tasks')
  using link = bpf.program('print_tasks').attachIterator()
  t.is(link.kind, 'iter')
  const own = new RegExp(`^${pid} ${pid} \\S+$`)
  const text = await link.text()
  t.true(text.endsWith('\n'))
  t.true(text.split('\n').some((line) => own.test(line)))
  const lines: string[] = []
  for await (const line of link.lines()) lines.push(line)
  t.is(lines.filter((line) => own.test(line)).length, 1)
  t.true(lines.every((line) => /^\d+ \d+ ./.test(line)))
  const streamed = Buffer.concat(await Readable.from(link.chunks()).toArray())
  t.regex(streamed.toString(), new RegExp(`^${pid} ${pid} `, 'm'))
})

kernelTest('the iterator of a section is attached by attach', { needs: ['iter'] }, (t) => {
  using bpf = load('iterators', 'print_tasks')
  using link = bpf.program('print_tasks').attach()
  t.is(link.kind, 'iter')
  t.true(link instanceof IteratorLink)
})

kernelTest('an iterator walks one process, or one thread', { needs: ['iter_task'] }, async (t) => {
  using bpf = load('iterators', 'print_tasks')
  const program = bpf.program('print_tasks')
  using process = program.attachIterator({ pid })
  const threads = (await process.text())
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ', 2).map(Number))
  t.true(threads.every(([tgid]) => tgid === pid))
  t.true(ownThreads().every((thread) => threads.some(([, tid]) => tid === thread)))
  using thread = program.attachIterator({ tid: pid })
  t.regex(await thread.text(), new RegExp(`^${pid} ${pid} .*\\n$`))
  t.throws(() => program.attachIterator({ pid: -1 }), { instanceOf: RangeError, message: /pid.*-1/ })
})

kernelTest('what an iterator writes over the entries of a map is decoded', { needs: ['iter_map_elem'] }, async (t) => {
  using bpf = load('iterators', 'write_entries')
  const numbers = bpf.map<number, bigint>('numbers')
  for (let key = 0; key < 3000; key++) numbers.set(key, BigInt(key) * 3n)
  using link = bpf.program('write_entries').attachIterator({ map: numbers })
  const seen = new Set<number>()
  for await (const entry of link.records<Entry>({ type: 'entry', charArrays: 'string', int64: 'number' })) {
    t.deepEqual(entry, { key: entry.key, half: entry.key >> 1, value: entry.key * 3, name: 'entry' })
    seen.add(entry.key)
  }
  t.is(seen.size, 3000)
  await t.throwsAsync(link.records({ type: 'no_such' }).next(), { instanceOf: RangeError, message: /'no_such'/ })
})

interface Entry {
  readonly key: number
  readonly half: number
  readonly value: number
  readonly name: string
}

kernelTest('output that is no whole struct is refused', { needs: ['iter_map_elem'] }, async (t) => {
  using bpf = load('iterators', 'write_odd')
  using link = bpf.program('write_odd').attachIterator({ map: bpf.map('numbers') })
  await t.throwsAsync(link.records({ type: 'entry' }).next(), { code: 'EBADMSG', message: /1 bytes/ })
  t.throws(() => bpf.program('write_odd').attachIterator(), { instanceOf: TypeError, message: /write_odd.*map/ })
})

kernelTest('an iterator walks a cgroup and those below it', { needs: ['iter_cgroup'] }, async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'ebpf-cgroup-'))
  const mounted = spawnSync('mount', ['-t', 'cgroup2', 'none', root])
  try {
    t.is(mounted.status, 0)
    using bpf = load('iterators', 'print_cgroups')
    const program = bpf.program('print_cgroups')
    using self = program.attachIterator({ cgroup: root, order: 'self' })
    t.is((await self.text()).trim(), String(statSync(root).ino))
    using below = program.attachIterator({ cgroup: root })
    t.is((await below.text()).split('\n')[0], String(statSync(root).ino))
    using all = program.attachIterator()
    t.is(await all.text(), await below.text())
    t.throws(() => program.attachIterator({ cgroup: root, order: 'up' as 'self' }), { message: /'up'/ })
    t.throws(() => program.attachIterator({ cgroup: root, pid: 1 }), {
      instanceOf: TypeError,
      message: /only one of map, cgroup/,
    })
    t.throws(() => program.attachIterator({ cgroup: `${root}/none` }), { instanceOf: BpfError, code: 'ENOENT' })
  } finally {
    spawnSync('umount', [root])
    rmdirSync(root)
  }
})

kernelTest(
  'a walk ends early by break, by a signal, or by the end of its link',
  { needs: ['iter_map_elem'] },
  async (t) => {
    using bpf = load('iterators', 'write_entries')
    const numbers = bpf.map<number, bigint>('numbers')
    for (let key = 0; key < 4000; key++) numbers.set(key, 0n)
    const link = bpf.program('write_entries').attachIterator({ map: numbers })
    for await (const chunk of link.chunks()) {
      t.true(chunk.length > 0)
      break
    }
    const abort = new AbortController()
    let chunks = 0
    for await (const _chunk of link.chunks({ signal: abort.signal })) {
      chunks++
      abort.abort()
    }
    t.is(chunks, 1)

    // A walk that has begun keeps what it needs.
    const walk = link.records({ type: 'entry' })
    await walk.next()
    link.close()
    let rest = 0
    for await (const _entry of walk) rest++
    t.is(rest, 3999)
    await t.throwsAsync(link.text(), { code: 'EBADF' })
  },
)

kernelTest('a walk that is dropped halfway is collected with its descriptor', { needs: ['iter'] }, (t) => {
  const code = `
    import { open } from 'ebpf'
    import { readdirSync, readlinkSync } from 'node:fs'
    import { setTimeout as sleep } from 'node:timers/promises'
    const object = open(${JSON.stringify(fixture('iterators'))})
    object.program('print_tasks').autoload = true
    const bpf = object.loadSync()
    const link = bpf.program('print_tasks').attachIterator()
    const walks = () => readdirSync('/proc/self/fd').filter((fd) => {
      try { return readlinkSync('/proc/self/fd/' + fd).includes('bpf_iter') } catch { return false }
    }).length
    await (async () => { for (let i = 0; i < 5; i++) await link.lines().next() })()
    const before = walks()
    for (let i = 0; i < 50 && walks() > 0; i++) { gc(); await sleep(20) }
    console.log(before, walks())
  `
  const child = spawnSync(process.execPath, ['--expose-gc', '--no-warnings', '--input-type=module', '-e', code], {
    encoding: 'utf8',
  })
  t.is(child.stdout, '5 0\n', child.stderr)
})

kernelTest(
  'a read that is under way ends after its walk was closed, and in a worker with it',
  { needs: ['iter'] },
  async (t) => {
    const scene = `
    const binding = require('node-gyp-build')(process.cwd())
    const object = binding.openObject(${JSON.stringify(fixture('iterators'))}, {})
    const index = object.programs().findIndex(({ name }) => name === 'print_tasks')
    object.setAutoload(index, true)
    object.loadSync()
    const link = object.program(index).attach('iter', {})
    const walks = Array.from({ length: 8 }, () => binding.openIterator(link))
    const reads = walks.map((walk) => walk.read())
    require('node:worker_threads').parentPort.postMessage('reading')`
    for (let i = 0; i < 3; i++) {
      const worker = new Worker(scene, { eval: true })
      await once(worker, 'message')
      await worker.terminate()
    }

    using bpf = load('iterators', 'print_tasks')
    const native = nativeOf(bpf.program('print_tasks')).attach('iter', {})
    const walk = binding.openIterator(native)
    native.close()
    const read = walk.read()
    walk.close()
    walk.close()
    t.true((await read).length > 0)
    t.throws(() => void walk.read(), { code: 'EBADF' })
    t.throws(() => binding.openIterator(native), { code: 'EBADF' })
  },
)

kernelTest('the link of something else is neither walked nor updated', { needs: ['iter'] }, (t) => {
  using bpf = load('tracing', 'tracepoint')
  using tracepoint = load('tracing', 'tracepoint')
  const link = nativeOf(tracepoint.program('tracepoint')).attach('tracepoint', { category: 'tcp', name: 'tcp_probe' })
  t.throws(() => binding.openIterator(link), { code: 'EINVAL' })
  link.close()
  t.throws(() => bpf.program('tracepoint').attachIterator(), { code: 'EINVAL' })
})
