import { readFileSync, statSync } from 'node:fs'
import test from 'ava'
import { BpfError, NotSupportedError, open, type Program } from 'ebpf'
import { addAddresses, createNetwork, removeNetwork } from '../../lib/cli/demo/network.js'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { isOlderThan } from '../helpers/kernel-version.js'
import { loadFixture } from '../helpers/load-fixture.js'

/**
 * Loads one program of the fixture that counts this process's own calls, attaches it, and returns the calls it counted.
 */
function countedCalls(name: string, key: number, attach: (program: Program) => Disposable): bigint {
  const object = open(fixture('handles'))
  for (const program of object.programs.values()) program.autoload = program.name === name
  object.globals.target_tgid = process.pid
  using bpf = object.loadSync()
  const hits = bpf.map<number, { hits: bigint }>('hits')
  {
    using _link = attach(bpf.program(name))
    for (let i = 0; i < 20; i++) {
      statSync('/')
      readFileSync('/proc/self/comm')
    }
  }
  const counted = hits.get(key)?.hits ?? 0n
  for (let i = 0; i < 20; i++) readFileSync('/proc/self/comm')
  if ((hits.get(key)?.hits ?? 0n) !== counted) throw new Error('the program still ran after its link was closed')
  return counted
}

test('a raw tracepoint is attached by its section and by name', (t) => {
  t.true(countedCalls('on_raw_tp', 1, (program) => program.attach()) >= 20n)
  t.true(countedCalls('on_raw_tp', 1, (program) => program.attachRawTracepoint('sys_enter')) >= 20n)
})

kernelTest('a BTF tracepoint is attached by its section', { needs: ['tp_btf'] }, (t) => {
  t.true(countedCalls('on_tp_btf', 2, (program) => program.attach()) >= 20n)
})

test('a tracepoint is attached by its section and by name', (t) => {
  t.true(countedCalls('on_tracepoint', 3, (program) => program.attach()) >= 20n)
  t.true(countedCalls('on_tracepoint', 3, (program) => program.attachTracepoint('raw_syscalls', 'sys_enter')) >= 20n)
})

kernelTest('a kprobe and a kretprobe are attached by section and by symbol', { needs: ['kprobe'] }, (t) => {
  t.true(countedCalls('on_kprobe', 4, (program) => program.attach()) >= 20n)
  t.true(countedCalls('on_kprobe', 4, (program) => program.attachKprobe('vfs_read')) >= 20n)
  t.true(countedCalls('on_kretprobe', 5, (program) => program.attach()) >= 20n)
  t.true(countedCalls('on_kretprobe', 5, (program) => program.attachKretprobe('vfs_read')) >= 20n)
})

test('what cannot be attached is refused with the name of it', (t) => {
  const object = open(fixture('handles'))
  for (const program of object.programs.values()) program.autoload = program.name === 'on_raw_tp'
  using bpf = object.loadSync()
  const program = bpf.program('on_raw_tp')
  t.throws(() => program.attachRawTracepoint('no_such_tracepoint'), { message: /no_such_tracepoint/ })
  t.throws(() => program.attachTracepoint('tcp', 'no_such_event'), { message: /no_such_event/ })
  t.throws(() => program.attachTcx({ interface: 'no-such-if', direction: 'ingress' }), {
    code: 'ENODEV',
    message: /no-such-if/,
  })
  t.throws(() => program.attachRawTracepoint('a\0b'), { instanceOf: TypeError, message: /NUL/ })
})

test('run returns what the program returned, its packet and its mean time', (t) => {
  const object = open(fixture('handles'))
  for (const program of object.programs.values()) program.autoload = program.name === 'run_once'
  using bpf = object.loadSync()
  const data = Uint8Array.from({ length: 100 }, (_, i) => i)
  const begin = process.hrtime.bigint()
  const result = bpf.program('run_once').run({ data, repeat: 1000 })
  const elapsed = process.hrtime.bigint() - begin
  t.is(result.returnValue, 100)
  t.deepEqual(result.data, data)
  t.true(result.duration > 0 && 1000n * BigInt(result.duration) <= elapsed, `${result.duration} of ${elapsed} ns`)
  t.is(bpf.globals.runs, 1000n)
  const info = bpf.program('run_once').info()
  t.is(info.name, 'run_once')
  const { fd } = bpf.program('run_once')
  t.regex(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'), new RegExp(`^prog_tag:\\s*${info.tag}$`, 'm'))
  t.true(info.mapIds.length >= 4)
})

for (const how of ['attachTcx', 'attachClsact', 'attachTc'] as const) {
  kernelTest(
    `${how} runs the program on an interface of another network namespace`,
    { needs: how === 'attachTcx' ? ['tcx'] : [] },
    async (t) => {
      const network = await createNetwork(1)
      try {
        const { netns, interface: name } = network.client
        const object = open(fixture('handles'))
        for (const program of object.programs.values()) program.autoload = program.name === 'run_once'
        using bpf = object.loadSync()
        // Its return value is the packet's length, which is not a TC action: whether the packets it sees pass or not
        // does not matter here.
        using link = bpf.program('run_once')[how]({ interface: name, direction: 'egress', netns: netns.path })
        t.is(link.kind, how === 'attachTc' ? link.kind : how === 'attachTcx' ? 'tcx' : 'clsact')
        addAddresses(network) // IPv6 sends by itself as soon as it has an address
        for (let i = 0; i < 50 && bpf.globals.runs === 0n; i++) await new Promise((resolve) => setTimeout(resolve, 100))
        t.true((bpf.globals.runs as bigint) > 0n)
      } finally {
        await removeNetwork(network)
      }
    },
  )
}

const before66 = isOlderThan('6.6') ? test : test.skip

before66('TCX is refused as not supported, with what to use instead # needs a kernel before 6.6', async (t) => {
  const network = await createNetwork(1)
  try {
    const object = open(fixture('handles'))
    for (const program of object.programs.values()) program.autoload = program.name === 'run_once'
    using bpf = object.loadSync()
    const options = {
      interface: network.client.interface,
      direction: 'ingress',
      netns: network.client.netns.path,
    } as const
    const error = t.throws(() => bpf.program('run_once').attachTcx(options), { instanceOf: NotSupportedError })
    t.is(error.feature, 'tcx')
    t.is(error.minimumKernel, '6.6')
    t.regex(error.message, /attachClsact/)
  } finally {
    await removeNetwork(network)
  }
})

kernelTest('a program of an object that is closed throws EBADF, whatever it is asked', {}, (t) => {
  const bpf = loadFixture('handles', ['on_raw_tp'])
  const program = bpf.program('on_raw_tp')
  bpf.close()
  const closed = { instanceOf: BpfError, code: 'EBADF', message: /on_raw_tp is closed/ }
  for (const use of [
    () => program.attach(),
    () => program.attachRawTracepoint('sys_enter'),
    () => program.info(),
    () => program.run({ context: new Uint8Array(16) }),
    () => program.fd,
  ]) {
    t.throws(use, closed)
  }
})
