import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, unlinkSync } from 'node:fs'
import { BpfError, type BpfObject, Link, openLink, queryPrograms } from 'ebpf'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { loadOnly } from '../helpers/load.js'

/** A directory for pins, and a namespace for links on its loopback. */
async function withPins(use: (directory: string, netns: NetworkNamespace) => void): Promise<void> {
  const directory = `/sys/fs/bpf/ebpf-test-${process.pid}`
  mkdirSync(directory)
  const netns = await NetworkNamespace.create()
  try {
    use(directory, netns)
  } finally {
    for (const name of readdirSync(directory)) unlinkSync(`${directory}/${name}`)
    rmdirSync(directory)
    await netns.remove()
  }
}

const attach = (bpf: BpfObject, netns: NetworkNamespace): Link =>
  bpf.program('pass').attachXdp({ interface: 'lo', netns: netns.path, mode: 'generic' })

const hasXdp = (netns: NetworkNamespace): boolean => netns.ip('link show lo').includes('xdpgeneric')

kernelTest('a pinned link keeps its program attached, and is opened by its path', {}, (t) =>
  withPins((directory, netns) => {
    using bpf = loadOnly('network', ['pass'])
    const path = `${directory}/link`
    {
      using link = attach(bpf, netns)
      t.is(link.pinPath, undefined)
      link.pin(path)
      t.is(link.pinPath, path)
      t.throws(() => link.pin(`${path}2`), { instanceOf: BpfError, code: 'EBUSY', message: /pass to xdp.*link/ })
    }
    t.true(hasXdp(netns))
    {
      using opened = openLink({ path })
      t.true(opened instanceof Link)
      t.is(opened.kind, 'xdp')
      t.is(opened.program, 'pass')
      t.is(opened.pinPath, path)
      opened.unpin()
      t.false(existsSync(path))
      t.is(opened.pinPath, undefined)
      t.throws(() => opened.unpin(), { instanceOf: BpfError, code: 'EINVAL' })
      t.true(hasXdp(netns))
    }
    t.false(hasXdp(netns))
  }),
)

kernelTest('a pinned link outlives the process that attached it', {}, (t) =>
  withPins((directory, netns) => {
    const path = `${directory}/link`
    const program = `
      import { open } from 'ebpf'
      const object = open(${JSON.stringify(fixture('network'))})
      for (const program of object.programs.values()) program.autoload = program.name === 'pass'
      const link = object.loadSync().program('pass').attachXdp({ interface: 'lo', netns: '${netns.path}', mode: 'generic' })
      if (process.argv[1]) link.pin(process.argv[1])
      process.exit(0)`
    const run = (...args: string[]) =>
      spawnSync(process.execPath, ['--input-type=module', '-e', program, ...args], { encoding: 'utf8' })
    const unpinned = run()
    t.is(unpinned.status, 0, unpinned.stderr)
    t.false(hasXdp(netns))
    const pinned = run(path)
    t.is(pinned.status, 0, pinned.stderr)
    t.true(hasXdp(netns))
    using link = openLink({ path })
    link.unpin()
  }),
)

kernelTest('a link is opened by its id and is one link with the first', {}, (t) =>
  withPins((_directory, netns) => {
    using bpf = loadOnly('network', ['hide_sockets'])
    const link = bpf.program('hide_sockets').attachNetns({ netns: netns.path })
    const id = Number(/link_id:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${link.fd}`, 'utf8'))?.[1])
    using second = openLink({ id })
    t.is(second.kind, 'netns')
    t.is(second.program, 'hide_sockets')
    t.like(second.info(), { id, kind: 'netns', programId: bpf.program('hide_sockets').info().id })
    link.close()
    t.is(queryPrograms({ netns: netns.path, attachType: 'sk_lookup' }).programs.length, 1)
    second.close()
    t.throws(() => openLink({ id }), { instanceOf: BpfError, code: 'ENOENT', message: new RegExp(`link ${id}`) })
  }),
)

kernelTest('a link describes itself by its kind', {}, (t) =>
  withPins((_directory, netns) => {
    using bpf = loadOnly('network', ['pass'])
    using link = attach(bpf, netns)
    const { id } = bpf.program('pass').info()
    t.like(link.info(), { kind: 'xdp', programId: id, ifindex: 1 })
    link.detach()
    t.like(link.info(), { kind: 'xdp', programId: id, ifindex: 0 })
    using unlinked = bpf.program('pass').attachXdp({ interface: 'lo', netns: netns.path, mode: 'generic', link: false })
    t.throws(() => unlinked.info(), { instanceOf: BpfError, code: 'ENOTSUP', message: /xdp.*pass/ })
    link.close()
    t.throws(() => link.info(), { instanceOf: BpfError, code: 'EBADF' })
  }),
)

kernelTest('detach detaches at once, and the handle stays open', {}, (t) =>
  withPins((_directory, netns) => {
    using bpf = loadOnly('network', ['pass', 'drop'])
    using link = attach(bpf, netns)
    link.detach()
    t.false(hasXdp(netns))
    t.true(link.fd > 0)
    t.throws(() => link.update(bpf.program('drop')), { instanceOf: BpfError, code: 'ENOLINK' })
    using filter = bpf.program('pass').attachXdp({ interface: 'lo', netns: netns.path, mode: 'generic', link: false })
    t.true(hasXdp(netns))
    filter.detach()
    filter.detach()
    t.false(hasXdp(netns))
  }),
)

kernelTest('a link that is disconnected stays attached while the process runs', {}, (t) =>
  withPins((directory, netns) => {
    using bpf = loadOnly('network', ['pass'])
    const link = attach(bpf, netns)
    link.pin(`${directory}/link`)
    const { fd } = link
    link.disconnect()
    t.true(link.closed)
    t.throws(() => link.fd, { instanceOf: BpfError, code: 'EBADF' })
    t.throws(() => statSync(`/proc/self/fd/${fd}`), { code: 'ENOENT' })
    t.true(hasXdp(netns))
    using again = openLink({ path: `${directory}/link` })
    again.unpin()
    again.close()

    const program = `
      import { open } from 'ebpf'
      import { execFileSync } from 'node:child_process'
      const object = open(${JSON.stringify(fixture('network'))})
      for (const program of object.programs.values()) program.autoload = program.name === 'pass'
      const link = object.loadSync().program('pass').attachXdp({ interface: 'lo', netns: '${netns.path}', mode: 'generic' })
      link.disconnect()
      link.close()
      console.log(execFileSync('nsenter', ['--net=${netns.path}', 'ip', 'link', 'show', 'lo'], { encoding: 'utf8' }))`
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
    t.regex(child.stdout, /xdpgeneric/, child.stderr)
    t.false(hasXdp(netns))
  }),
)

kernelTest('update replaces the program that is expected, of a kind that can', {}, (t) =>
  withPins((_directory, netns) => {
    using bpf = loadOnly('network', ['pass', 'drop', 'keep_nothing'])
    using link = attach(bpf, netns)
    t.throws(() => link.update(bpf.program('drop'), { expected: bpf.program('drop') }), {
      instanceOf: BpfError,
      code: 'ESTALE',
      message: /pass to xdp.*not the expected/,
    })
    t.is(link.program, 'pass')
    link.update(bpf.program('drop'), { expected: bpf.program('pass') })
    t.is(link.program, 'drop')
    t.throws(() => link.update(bpf.program('keep_nothing')), { instanceOf: BpfError, code: 'EINVAL', message: /type/ })
    t.throws(() => link.update(undefined as never), { instanceOf: TypeError, message: /program .*undefined/ })
    t.throws(() => link.update({ fd: -1 }), { instanceOf: RangeError, message: /-1/ })
    t.throws(() => link.update({ fd: 0 }), { instanceOf: BpfError })
    bpf.program('pass').close()
    t.throws(() => link.update(bpf.program('pass')), { instanceOf: BpfError, code: 'EBADF' })

    using handles = loadOnly('handles', ['on_raw_tp'], { target_tgid: process.pid })
    using tracing = handles.program('on_raw_tp').attach()
    const kept = { instanceOf: BpfError, code: 'EINVAL', message: /on_raw_tp to raw_tp\/sys_enter.*cannot be updated/ }
    t.throws(() => tracing.update(handles.program('on_raw_tp')), kept)
    t.throws(() => tracing.detach(), { instanceOf: BpfError, code: 'ENOTSUP', message: /last holder/ })
  }),
)

kernelTest('a pinned tracepoint goes on counting when its handle is closed', { needs: ['perf_link'] }, (t) =>
  withPins((directory) => {
    // In a separate process: libbpf keeps the perf event's descriptor.
    const program = `
      import { existsSync, statSync } from 'node:fs'
      import { open, openLink } from 'ebpf'
      const object = open(${JSON.stringify(fixture('handles'))})
      for (const program of object.programs.values()) program.autoload = program.name === 'on_tracepoint'
      object.globals.target_tgid = process.pid
      const bpf = object.loadSync()
      const counts = () => {
        const before = bpf.map('hits').get(3)?.hits ?? 0n
        statSync('/')
        return (bpf.map('hits').get(3)?.hits ?? 0n) > before
      }
      const link = bpf.program('on_tracepoint').attach()
      link.pin('${directory}/tracepoint')
      const { fd } = link
      link.close()
      const left = existsSync('/proc/self/fd/' + fd)
      console.log(counts(), left, openLink({ path: '${directory}/tracepoint' }).kind)`
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
    t.is(child.stdout, 'true false perf_event\n', child.stderr)
  }),
)

// A tracepoint's programs run for each of its events. A clock or counter event, in contrast, stops when it is disabled.
kernelTest('a pinned perf event stays switched on when its handle is closed', { needs: ['perf_link'] }, (t) =>
  withPins((directory) => {
    const program = `
      import { open, openLink } from 'ebpf'
      const object = open(${JSON.stringify(fixture('tracing'))})
      object.program('perf_event').autoload = true
      object.globals.target_tgid = process.pid
      const bpf = object.loadSync()
      const hits = () => {
        const before = bpf.globals.hits
        for (let i = 0; i < 20; i++) Buffer.alloc(1 << 20, 1)
        return bpf.globals.hits - before
      }
      const options = { event: 'page-faults', period: 1, pid: process.pid }
      const link = bpf.program('perf_event').attachPerfEvent(options)
      link.pin('${directory}/event')
      link.close()
      console.log(hits() > 0n, openLink({ path: '${directory}/event' }).kind)`
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
    t.is(child.stdout, 'true perf_event\n', child.stderr)
  }),
)

kernelTest('paths and sources of links are checked', {}, (t) =>
  withPins((directory, netns) => {
    using bpf = loadOnly('network', ['pass'])
    using link = attach(bpf, netns)
    const elsewhere = { instanceOf: BpfError, code: 'EINVAL', message: /\/tmp.*not on a bpffs/ } as const
    t.throws(() => link.pin('/tmp/ebpf-test-link'), elsewhere)
    t.throws(() => link.pin(`${directory}/a\0b`), { instanceOf: TypeError, message: /NUL/ })
    t.throws(() => link.pin(3 as never), { instanceOf: TypeError, message: /path .*3/ })
    t.throws(() => link.pin(`${directory}/no/such/directory`), { instanceOf: BpfError, code: 'ENOENT' })
    link.pin(`${directory}/taken`)
    link.unpin()
    t.throws(() => openLink({ path: '/tmp' }), elsewhere)
    t.throws(() => openLink({ path: `${directory}/none` }), { instanceOf: BpfError, code: 'ENOENT', message: /none/ })
    t.throws(() => openLink({ id: 0 }), { instanceOf: BpfError, code: 'ENOENT' })
    t.throws(() => openLink({ id: -1 }), { instanceOf: RangeError, message: /-1/ })
    t.throws(() => openLink({} as never), { instanceOf: TypeError })

    using filter = bpf.program('pass').attachXdp({ interface: 'lo', netns: netns.path, mode: 'generic', ...held(link) })
    t.throws(() => filter.pin(`${directory}/filter`), { instanceOf: BpfError, code: 'ENOTSUP', message: /pass to xdp/ })
    link.close()
    link.close()
    for (const use of [() => link.pin('x'), () => link.unpin(), () => link.detach(), () => link.pinPath]) {
      t.throws(use, { instanceOf: BpfError, code: 'EBADF', message: /pass to xdp is closed/ })
    }
  }),
)

/** Detaches the link, to make room for a program without a link. */
function held(link: Link): { link: false } {
  link.detach()
  return { link: false }
}
