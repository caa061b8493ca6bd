import { mkdirSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import * as indexEntry from 'ebpf'
import * as btfEntry from 'ebpf/btf'
import * as flowsEntry from 'ebpf/flows'
import * as kernelEntry from 'ebpf/kernel'
import * as netEntry from 'ebpf/net'
import * as symbolsEntry from 'ebpf/symbols'
import * as tcpEntry from 'ebpf/tcp'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { type Arguments, assault, type Finding } from '../helpers/assault.js'
import { elfSection } from '../helpers/elf.js'
import { fixture } from '../helpers/fixture.js'
import { loadFixture } from '../helpers/load-fixture.js'
import { addon, watchFunctions, watchGetter } from '../helpers/native-options.js'
import '../helpers/no-leaks.js'

/*
 * Every export, static method, method and setter of the package is called with rubbish in each place and in each option; each call may
 * fail only by an error that says what was wrong. A new export is called too; a new class wants an instance below.
 * A crash takes the process: the call is in .cache/rubbish then.
 */

const { createMap, open, u32, u64 } = indexEntry
mkdirSync('.cache', { recursive: true })
const log = openSync('.cache/rubbish', 'w')
const before = (call: string) => writeSync(log, `${call.slice(0, 200).padEnd(200)}\n`, 0)

const aborted = () => AbortSignal.abort()
const raw = () => loadFixture('handles', ['on_raw_tp'])
const hash = () => createMap({ type: 'hash', name: 'rubbish', key: u32, value: u64, maxEntries: 8 })
const memory = () => createMap({ type: 'array', name: 'rubbish', value: u64, maxEntries: 8, flags: ['mmapable'] })

interface Instance {
  readonly of: object
  close?(): void
}

/** An object with what it needs, closed together. */
const holding = <T extends object>(parent: Disposable, child: (parent: never) => T): Instance => {
  const of = child(parent as never)
  return {
    of,
    close() {
      if (Symbol.dispose in of) (of as Disposable)[Symbol.dispose]()
      parent[Symbol.dispose]()
    },
  }
}

const alone = (of: Disposable): Instance => ({ of, close: () => of[Symbol.dispose]() })
const opened = () => open(fixture('objects'))
const btf = () => btfEntry.Btf.parse(elfSection(fixture('types'), '.BTF'))

/** Produces a record, whose batch lives as long as the iteration that it came from. */
function batchOf(use: (batch: indexEntry.RecordBatch<unknown>) => object): Instance {
  const bpf = loadFixture('handles', ['run_once'])
  const ring = bpf.ringbuf('events')
  bpf.program('run_once').run({ data: new Uint8Array(64) })
  const batch = (ring as unknown as { acquire(limit: number): indexEntry.RecordBatch<unknown> }).acquire(0)
  return {
    of: use(batch),
    close() {
      ring.close()
      bpf.close()
    },
  }
}

const instances: Record<string, () => Instance | Promise<Instance>> = {
  OpenObject: () => alone(opened()),
  PreparedObject: async () => alone(await open(fixture('streams')).prepare()),
  OpenMap: () => holding(opened(), (object: indexEntry.OpenObject) => object.map('plain')),
  OpenProgram: () => holding(opened(), (object: indexEntry.OpenObject) => [...object.programs.values()][0] as object),
  BpfObject: () => alone(raw()),
  Program: () => holding(raw(), (bpf: indexEntry.BpfObject) => bpf.program('on_raw_tp')),
  BpfMap: () => alone(hash()),
  MapView: () => holding(memory(), (map: indexEntry.BpfMap) => map.view()),
  RingBuffer: () => holding(raw(), (bpf: indexEntry.BpfObject) => bpf.ringbuf('events')),
  PerfBuffer: () =>
    holding(createMap({ type: 'perf_event_array' }), (map: never) => new indexEntry.PerfBuffer(map, { pages: 1 })),
  UserRingBuffer: () =>
    holding(createMap({ type: 'user_ringbuf', maxEntries: 4096 }), (map: never) => new indexEntry.UserRingBuffer(map)),
  RecordBatch: () => batchOf((batch) => batch),
  RecordCursor: () =>
    batchOf((batch) => {
      let cursor: object = batch
      batch.forEachCursor((each) => {
        cursor = each
      })
      return cursor
    }),
  Link: () => holding(raw(), (bpf: indexEntry.BpfObject) => bpf.program('on_raw_tp').attach()),
  Links: () => holding(raw(), (bpf: indexEntry.BpfObject) => bpf.attach()),
  IteratorLink: () =>
    holding(loadFixture('iterators', ['print_tasks']), (bpf: indexEntry.BpfObject) =>
      bpf.program('print_tasks').attachIterator({ pid: process.pid }),
    ),
  LoadedProgram: () =>
    holding(raw(), (bpf: indexEntry.BpfObject) => indexEntry.openProgram({ id: bpf.program('on_raw_tp').info().id })),
  KernelStats: () => alone(kernelEntry.enableStats()),
  ProcessHandle: () => alone(indexEntry.openProcess(process.pid)),
  ProcessSymbols: () => ({ of: new symbolsEntry.ProcessSymbols(process.pid) }),
  ElfSymbols: () => ({ of: symbolsEntry.ElfSymbols.read(fixture('types')) as object }),
  KernelSymbols: () => ({ of: symbolsEntry.KernelSymbols.parse(Buffer.from('ffffffff81000000 T _text\n')) }),
  Btf: () => ({ of: btf() }),
  InterfaceWatcher: () => alone(new netEntry.InterfaceWatcher({ ref: false })),
  FlowMonitor: async () => {
    const namespace = await NetworkNamespace.create()
    const options = { interfaces: ['lo'], maxEntries: 16, netns: namespace.path }
    const of = await flowsEntry.FlowMonitor.open(options)
    return {
      of,
      close() {
        of.close()
        void namespace.remove()
      },
    }
  },
  TcpMonitor: async () => alone(await tcpEntry.TcpMonitor.open({ maxEntries: 16, netns: '/proc/self/ns/net' })),
  ConnectionEvents: async () =>
    alone(await tcpEntry.ConnectionEvents.open({ types: ['dropped'], netns: '/proc/self/ns/net' })),
}

const constructible = ['RingBuffer', 'PerfBuffer', 'UserRingBuffer', 'ProcessSymbols', 'InterfaceWatcher']

/** Whoever calls it wants the program to stay attached as long as the process lasts. */
const disconnect = 'disconnect'

/** Loops that wait for ever by right unless a signal ends them. */
const loops = ['watchInterfaces', 'monitorFlows', 'monitorTcp', 'connectionEvents', 'tracePipe']

/** No instances of their own: bases, and what only the package makes and StructOps needs a congestion control for. */
const without = [
  'MapHandle',
  'RecordReader',
  'StructOpsLink',
  'BpfError',
  'BtfError',
  'NotSupportedError',
  'PermissionError',
  'VerifierError',
]

// What is not there is refused once the options were read, and soon.
const libc = '/no/such/libc.so.6'
const own = { pid: process.pid }
const lo = { interface: 'rubbish0' }
const map = hash()
const perCpu = createMap({ type: 'percpu_hash', name: 'rubbish', key: u32, value: u64, maxEntries: 8 })

/** What each call takes; where none is named, it is called with nothing but the rubbish. */
const argumentsOf: Record<string, Arguments> = {
  open: [fixture('objects'), {}],
  createMap: [{ type: 'hash', keySize: 4, valueSize: 8, maxEntries: 8 }],
  openMap: [{ id: map.id }, {}],
  openLink: [{ id: 0x7fff_ffff }],
  openProgram: [{ id: 0x7fff_ffff }],
  openProcess: [process.pid],
  compileCodec: [btf(), 1, {}],
  describeType: [btf(), 1],
  hasHelper: ['xdp', 'bpf_redirect'],
  interfaceIndex: ['lo', {}],
  networkInterfaces: [{}],
  queryPrograms: [{ attachType: 'sk_lookup', netns: '/proc/self/ns/net' }],
  kernelFrames: [[0n], symbolsEntry.KernelSymbols.parse(Buffer.from(''))],
  userFrames: [[0n], process.pid],
  stackAddresses: [createMap({ type: 'stack_trace', name: 'rubbish', keySize: 4, valueSize: 8, maxEntries: 8 }), 1],
  addressesOf: [new Uint8Array(8)],
  tracePipe: [{ signal: aborted(), path: '/dev/null' }],
  readAll: [{}, { signal: aborted() }],
  watchInterfaces: [{ signal: aborted() }],
  monitorFlows: [{ interfaces: ['rubbish0'], duration: 1, signal: aborted() }],
  monitorTcp: [{ mode: 'rubbish', duration: 1, signal: aborted() }],
  connectionEvents: [{ netns: '/no/such/netns', signal: aborted() }],
  'FlowMonitor.open': [{ interfaces: ['rubbish0'] }],
  'TcpMonitor.open': [{ netns: '/no/such/netns' }],
  'ConnectionEvents.open': [{ netns: '/no/such/netns' }],
  'ConnectionEvents.read': [{ signal: aborted() }],
  'Btf.parse': [elfSection(fixture('types'), '.BTF'), {}],
  'ElfSymbols.read': [fixture('types')],
  'new RingBuffer': [map, {}],
  'new PerfBuffer': [createMap({ type: 'perf_event_array' }), { pages: 1 }],
  'new UserRingBuffer': [map, {}],
  'new ProcessSymbols': [process.pid],
  'new InterfaceWatcher': [{ interfaces: ['rubbish0'] }],
  'InterfaceWatcher.changes': [{ signal: aborted() }],
  'OpenObject.map': ['plain'],
  'OpenMap.reuse': [map],
  'OpenProgram.setAttachTarget': [{ program: { fd: 0 } }],
  'PreparedObject.map': ['secret', {}],
  'BpfObject.map': ['hits', {}],
  'BpfObject.ringbuf': ['events', {}],
  'BpfObject.perfbuf': ['events', {}],
  'BpfObject.userRingbuf': ['events', {}],
  'BpfObject.updateStructOps': [{}, 'hits'],
  'BpfMap.get': [1, {}],
  'BpfMap.set': [1, 1n, {}],
  'BpfMap.setAsync': [1, 1n, {}],
  'BpfMap.take': [1, {}],
  'BpfMap.setEveryCpu': [1, 1n, {}],
  'BpfMap.getCpu': [1, 0],
  'BpfMap.setCpu': [1, 0, 1n],
  'BpfMap.setCpuBatch': [0, [[1, 1n]]],
  'BpfMap.setEveryCpuBatch': [[[1, 1n]], {}],
  'BpfMap.entriesOfCpu': [0],
  'BpfMap.setBatch': [[[1, 1n]], {}],
  'BpfMap.deleteBatch': [[1]],
  'BpfMap.view': [{}],
  'MapView.get': [1],
  'MapView.set': [1, 1n],
  'MapView.read': [0, 8],
  'MapView.write': [0, new Uint8Array(8)],
  'RingBuffer.poll': [{ timeout: 1 }],
  'RingBuffer.forEach': [() => {}, { signal: aborted() }],
  'PerfBuffer.poll': [{ timeout: 1 }],
  'PerfBuffer.forEach': [() => {}, { signal: aborted() }],
  'UserRingBuffer.writeAsync': [new Uint8Array(8), {}],
  'Program.run': [{ context: new Uint8Array(16) }],
  'Program.readStream': ['stdout'],
  'LoadedProgram.readStream': ['stdout'],
  'Program.associateStructOps': [map],
  'Program.info': [{}],
  'LoadedProgram.run': [{ context: new Uint8Array(16) }],
  'LoadedProgram.info': [{}],
  'Program.attachKprobe': ['vfs_read', {}],
  'Program.attachKretprobe': ['vfs_read', {}],
  'Program.attachKprobeMulti': [{ symbols: ['vfs_read'] }],
  'Program.attachKretprobeMulti': [{ symbols: ['vfs_read'] }],
  'Program.attachKprobeSession': [{ symbols: ['vfs_read'] }],
  'Program.attachKsyscall': ['getpriority', {}],
  'Program.attachKretsyscall': ['getpriority', {}],
  'Program.attachUprobe': [libc, { ...own, symbol: 'getpriority' }],
  'Program.attachUretprobe': [libc, { ...own, symbol: 'getpriority' }],
  'Program.attachUprobeMulti': [libc, { ...own, symbols: ['getpriority'] }],
  'Program.attachUretprobeMulti': [libc, { ...own, symbols: ['getpriority'] }],
  'Program.attachUprobeSession': [libc, { ...own, symbols: ['getpriority'] }],
  'Program.attachUsdt': [libc, 'libstdcxx', 'throw', own],
  'Program.attachTracepoint': ['raw_syscalls', 'sys_enter', {}],
  'Program.attachRawTracepoint': ['sys_enter', {}],
  'Program.attachTrace': [{}],
  'Program.attachFreplace': [{ target: { fd: 0 }, function: 'f' }],
  'Program.attachPerfEvent': [{ event: 'cpu-clock', frequency: 1, pid: process.pid }],
  'Program.attachIterator': [{}],
  'Program.attachTcx': [{ ...lo, direction: 'ingress' }],
  'Program.attachClsact': [{ ...lo, direction: 'ingress' }],
  'Program.attachTc': [{ ...lo, direction: 'ingress' }],
  'Program.attachNetkit': [{ ...lo, side: 'primary' }],
  'Program.attachXdp': [lo],
  'Program.attachCgroup': [{ path: '/no/such/cgroup' }],
  'Program.attachNetns': [{}],
  'Program.attachNetfilter': [{ family: 'ipv4', hook: 'input' }],
  'Program.attachSockmap': [map],
  'Program.attachSocketFilter': [{ fd: 0 }],
  'Program.attachReuseport': [{ fd: 0 }],
  'Link.update': [{ fd: 0 }, {}],
  'IteratorLink.update': [{ fd: 0 }, {}],
  'IteratorLink.text': [{}],
  'IteratorLink.records': [{ type: 'none' }],
  'IteratorLink.chunks': [{}],
  'IteratorLink.lines': [{}],
  'RecordCursor.u16': [0, false],
  'RecordCursor.bytes': [0, 4],
}

/** Calls that would do as they are told, for ever. */
const except: Record<string, readonly string[]> = {
  tracePipe: ['tracePipe(0.signal: undefined)'],
  watchInterfaces: ['watchInterfaces(0.signal: undefined)'],
}

async function report(t: ExecutionContext, name: string, attack: () => Promise<Finding[]>) {
  t.timeout(240_000)
  const findings = await attack()
  const kinds = new Map(findings.map(({ call, problem }) => [problem.replace(/\d+/g, '#'), call]))
  t.deepEqual(
    [...kinds].map(([problem, call]) => `${call}: ${problem}`),
    [],
    name,
  )
}

const entries = [indexEntry, flowsEntry, tcpEntry, btfEntry, kernelEntry, netEntry, symbolsEntry]
const exported = new Map(entries.flatMap((entry) => Object.entries(entry)))
const isClass = (value: unknown): value is new (...args: unknown[]) => object =>
  typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value))

function attackFunction(name: string, call: (...args: unknown[]) => unknown): void {
  test.serial(`${name} takes rubbish`, (t) =>
    report(t, name, () =>
      assault({
        name,
        call: (args) => call(...args),
        args: argumentsOf[name] ?? [],
        optionsOnly: loops.includes(name),
        except: except[name] ?? [],
        before,
      }),
    ),
  )
}

const internals = /\/\*\*(?:(?!\*\/)[\s\S])*@internal(?:(?!\*\/)[\s\S])*\*\/\s*[^\n]*\n/g
// What is marked as internal or protected is not declared there, or not as others can call it.
const declarations = readdirSync('dist').flatMap((file) =>
  file.endsWith('.d.ts') ? [readFileSync(join('dist', file), 'utf8').replace(internals, '')] : [],
)
const isPublic = (name: string) =>
  declarations.some((text) => new RegExp(`^ +(?:static |set )?${name}(?:<.*)?\\(`, 'm').test(text))

/** Every method and setter up to Object.prototype, by its name. */
function membersOf(prototype: object): Map<string | symbol, PropertyDescriptor> {
  const members = new Map<string | symbol, PropertyDescriptor>()
  for (let at = prototype; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const key of Reflect.ownKeys(at)) {
      const descriptor = Object.getOwnPropertyDescriptor(at, key) as PropertyDescriptor
      const called = typeof key === 'symbol' || (key !== 'constructor' && isPublic(key))
      if (called && !members.has(key)) members.set(key, descriptor)
    }
  }
  return members
}

function attackClass(name: string, exported: new (...args: unknown[]) => object): void {
  // Others are constructed by the package only.
  if (constructible.includes(name)) attackFunction(`new ${name}`, (...args) => new exported(...args))
  for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(exported))) {
    if (typeof value === 'function' && key !== 'prototype') attackFunction(`${name}.${key}`, value.bind(exported))
  }
  const make = instances[name]
  if (!make) {
    test(`${name} has an instance here`, (t) => t.true(without.includes(name)))
    return
  }
  for (const [key, { set, value }] of membersOf(exported.prototype)) {
    const method = set ?? value
    if (typeof method === 'function' && key !== disconnect)
      attackMember(`${name}.${String(key)}`, make, method, set !== undefined)
  }
}

function attackMember(name: string, make: () => Instance | Promise<Instance>, method: () => void, setter: boolean) {
  test.serial(`${name} takes rubbish`, (t) =>
    report(t, name, async () => {
      let instance = await make()
      const findings = await assault({
        name,
        call: (args) => Reflect.apply(method, instance.of, setter ? args.slice(0, 1) : args),
        args: argumentsOf[name] ?? [],
        except: except[name] ?? [],
        end: () => (instance.of as { close?(): void }).close?.(),
        before,
        async renewed() {
          if ((instance.of as { closed?: boolean }).closed === false) return
          instance.close?.()
          instance = await make()
        },
      })
      instance.close?.()
      return findings
    }),
  )
}

for (const [name, value] of exported) {
  if (isClass(value)) attackClass(name, value)
  else if (typeof value === 'function') attackFunction(name, value as (...args: unknown[]) => unknown)
  else if (typeof value === 'object' && value !== null && 'encode' in value) {
    for (const [key, method] of Object.entries(value)) {
      if (typeof method === 'function') attackFunction(`${name}.${key}`, method.bind(value))
    }
  }
}

test.before(() => {
  watchFunctions(addon)
  watchGetter(indexEntry.Program.prototype, 'native')
})

test.after.always(() => {
  map.close()
  perCpu.close()
})
