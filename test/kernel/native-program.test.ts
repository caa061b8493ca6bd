import { execFileSync } from 'node:child_process'
import type { ExecutionContext } from 'ava'
import { BpfError } from 'ebpf'
import { networkInterfaces } from 'ebpf/net'
import type { NativeObject, NativeProgram } from '../../lib/internal/binding.js'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { binding } from '../native/addon.js'

function load(): { object: NativeObject; program: NativeProgram } {
  const object = binding.openObject(fixture('native_ringbuf'), {})
  object.loadSync()
  return { object, program: object.program(0) }
}

/** A network namespace with one veth pair, for as long as the test runs. */
async function inNetns(use: (netns: string, ifindex: number) => void | Promise<void>): Promise<void> {
  const name = `ebpf-native-${process.pid}`
  const netns = `/run/netns/${name}`
  execFileSync('ip', ['netns', 'add', name])
  try {
    execFileSync('ip', ['-n', name, 'link', 'add', 'left', 'type', 'veth', 'peer', 'name', 'right'])
    await use(netns, binding.interfaceIndex('left', { netns }))
  } finally {
    execFileSync('ip', ['netns', 'del', name])
  }
}

const filters = (netns: string) =>
  execFileSync('nsenter', [`--net=${netns}`, 'tc', 'filter', 'show', 'dev', 'left', 'egress'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('handle')).length

function isClosed(t: ExecutionContext, use: () => unknown): void {
  t.throws(use, { instanceOf: BpfError, code: 'EBADF' })
}

kernelTest('a run returns what the program returned and left of packet and context', {}, (t) => {
  const { object, program } = load()
  const data = new Uint8Array(64).map((_, i) => i)
  const result = binding.runProgram(program.fd, 'program emit', { data, context: new Uint8Array(192), repeat: 3 })
  t.is(result.returnValue, 64)
  t.deepEqual(result.data, data)
  t.is(new DataView(result.context.buffer).getUint32(8, true), 7)
  t.true(result.duration >= 0)
  // The rest of a short context is 0, and the kernel returns all of it.
  t.is(
    new DataView(
      binding.runProgram(program.fd, 'program emit', { data, context: new Uint8Array(12) }).context.buffer,
    ).getUint32(8, true),
    7,
  )
  t.throws(() => binding.runProgram(program.fd, 'program emit', { data, dataOutSize: 10 }), {
    instanceOf: BpfError,
    code: 'ENOSPC',
  })
  t.throws(() => binding.runProgram(program.fd, 'program emit', { data: new Uint8Array(2) }), {
    instanceOf: BpfError,
    code: 'EINVAL',
    message: /run program emit/,
  })
  t.throws(() => binding.runProgram(program.fd, 'program emit', { data: 'x' as unknown as Uint8Array }), {
    instanceOf: TypeError,
    message: /data .*'x'/,
  })
  object.close()
})

kernelTest('a program describes itself', {}, (t) => {
  const { object, program } = load()
  const info = binding.programInfo(program.fd, 'program emit', {})
  t.is(info.name, 'emit')
  t.is(info.type, 3)
  t.regex(info.tag, /^[0-9a-f]{16}$/)
  t.true(info.loadTime > 0n)
  const names = info.mapIds.map((id) => {
    const map = binding.mapById(id)
    map.close()
    return map.info.name
  })
  t.true(names.includes('events'))
  object.close()
})

kernelTest('a closed program answers EBADF, its object goes on', {}, (t) => {
  const { object, program } = load()
  program.close()
  program.close()
  isClosed(t, () => program.fd)

  t.true(object.program(0).fd >= 0)
  object.close()
})

kernelTest('interfaces are looked up inside a network namespace', {}, (t) =>
  inNetns((netns, ifindex) => {
    t.deepEqual(
      networkInterfaces({ netns })
        .map(({ name }) => name)
        .sort(),
      ['left', 'lo', 'right'],
    )
    t.is(networkInterfaces({ netns }).find(({ name }) => name === 'left')?.index, ifindex)
    t.is(binding.interfaceIndex('left', { netns }), ifindex)
    t.throws(() => binding.interfaceIndex('left', {}), { instanceOf: BpfError, code: 'ENODEV' })
  }),
)

kernelTest('a TCX link in another namespace lives without its object', { needs: ['tcx'] }, (t) =>
  inNetns((netns, ifindex) => {
    const links = ([undefined, 'first', 'last'] as const).flatMap((anchor) => {
      const { object, program } = load()
      const attach = (direction: 'ingress' | 'egress') =>
        program.attach('tcx', { ifindex, netns, direction, ...(anchor && { anchor }) })
      const both = [attach('ingress'), attach('egress')]
      t.throws(() => attach('egress'), { instanceOf: BpfError, code: 'EEXIST' })
      object.close()
      return both
    })
    for (const link of links) t.true(link.fd > 0)
    for (const link of links) {
      link.close()
      link.close()
      isClosed(t, () => link.fd)
    }
  }),
)

kernelTest('an interface that is not there is ENODEV', { needs: ['tcx'] }, (t) => {
  const { object, program } = load()
  const attach = () => program.attach('tcx', { ifindex: 0x7fff_ffff, direction: 'ingress' })
  t.throws(attach, { instanceOf: BpfError, code: 'ENODEV', message: /attach emit to tcx/ })
  object.close()
})

kernelTest('a clsact filter is removed by closing it, others and the qdisc stay', {}, (t) =>
  inNetns((netns, ifindex) => {
    const { object, program } = load()
    const first = program.attach('clsact', { ifindex, netns, direction: 'egress' })
    const second = program.attach('clsact', { ifindex, netns, direction: 'egress', priority: 7, handle: 3 })
    t.is(first.fd, -1)
    t.is(filters(netns), 2)
    first.close()
    first.close()
    t.is(filters(netns), 1)
    isClosed(t, () => first.fd)
    const same = { ifindex, netns, direction: 'egress', priority: 7, handle: 3 } as const
    t.throws(() => program.attach('clsact', same), {
      instanceOf: BpfError,
      code: 'EEXIST',
      message: /attach emit to clsact/,
    })
    object.close()
    t.is(filters(netns), 1)
    second.close()
    t.is(filters(netns), 0)
    t.regex(
      execFileSync('nsenter', [`--net=${netns}`, 'tc', 'qdisc', 'show', 'dev', 'left'], { encoding: 'utf8' }),
      /clsact/,
    )
  }),
)

kernelTest('closing a clsact filter spares what another put in its place, and an interface that is gone', {}, (t) =>
  inNetns((netns, ifindex) => {
    const mine = load()
    const other = load()
    const place = { ifindex, netns, direction: 'egress', priority: 9, handle: 1 } as const
    const tc = (...args: string[]) => execFileSync('nsenter', [`--net=${netns}`, ...args])
    const replaced = mine.program.attach('clsact', place)
    tc('tc', 'filter', 'del', 'dev', 'left', 'egress')
    const others = other.program.attach('clsact', place)
    replaced.close()
    t.is(filters(netns), 1)
    tc('ip', 'link', 'del', 'left')
    others.close()
    mine.object.close()
    other.object.close()
  }),
)

kernelTest('options of attach are checked', {}, (t) => {
  const { object, program } = load()
  t.throws(() => program.attach('nothing' as 'section', {}), { instanceOf: TypeError, message: /'nothing'/ })
  const tcx = (options: object) => () => program.attach('tcx', options)
  t.throws(tcx({ ifindex: 1 }), { instanceOf: TypeError, message: /direction .*undefined/ })
  t.throws(tcx({ ifindex: 1, direction: 'up' }), { instanceOf: TypeError, message: /direction .*'up'/ })
  t.throws(tcx({ ifindex: 1, direction: 'egress', anchor: 'middle' }), {
    instanceOf: TypeError,
    message: /anchor .*'middle'/,
  })
  t.throws(tcx({ ifindex: 'lo', direction: 'egress' }), { instanceOf: TypeError, message: /ifindex .*'lo'/ })
  t.throws(tcx({ ifindex: 1, direction: 'egress', netns: '/nonexistent' }), { instanceOf: BpfError, code: 'ENOENT' })
  const kprobe = (options: object) => () => program.attach('kprobe', options)
  t.throws(kprobe({ symbol: 3 }), { instanceOf: TypeError, message: /symbol .*3/ })
  t.throws(kprobe({ symbol: 'x', cookie: 3 }), { instanceOf: TypeError, message: /cookie .*bigint, not 3/ })
  t.throws(kprobe({ symbol: 'x', cookie: -1n }), { instanceOf: RangeError, message: /cookie .*64 bits/ })
  const wrong = t.throws(() => program.attach('raw_tracepoint', { name: 'sys_enter' }), {
    instanceOf: BpfError,
    code: 'EINVAL',
  })
  t.is((wrong as BpfError).operation, 'attach emit to raw tracepoint sys_enter')
  object.close()
})
