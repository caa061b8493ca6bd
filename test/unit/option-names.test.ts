import test from 'ava'
import { type OptionNames, requireOptions } from '../../lib/arguments.js'
import { Btf, compileCodec } from '../../lib/btf/index.js'
import { tracePipe } from '../../lib/events/trace-pipe.js'
import { attachCgroup } from '../../lib/link/attach/cgroup.js'
import { attachIterator } from '../../lib/link/attach/iterator.js'
import { attachKprobe, attachKretprobe, attachKretsyscall, attachKsyscall } from '../../lib/link/attach/kprobe.js'
import { attachKprobeMulti, attachKprobeSession, attachKretprobeMulti } from '../../lib/link/attach/kprobe-multi.js'
import { attachNetfilter } from '../../lib/link/attach/netfilter.js'
import { attachNetkit } from '../../lib/link/attach/netkit.js'
import { attachNetns } from '../../lib/link/attach/netns.js'
import { attachPerfEvent } from '../../lib/link/attach/perf-event.js'
import { queryPrograms } from '../../lib/link/attach/query.js'
import { attachSocketFilter } from '../../lib/link/attach/socket.js'
import { attachClsact, attachTc, attachTcx } from '../../lib/link/attach/tc.js'
import { attachFreplace, attachTrace } from '../../lib/link/attach/trace.js'
import { attachRawTracepoint, attachTracepoint } from '../../lib/link/attach/tracepoint.js'
import { attachUprobe, attachUretprobe } from '../../lib/link/attach/uprobe.js'
import { attachUprobeMulti, attachUretprobeMulti } from '../../lib/link/attach/uprobe-multi.js'
import { attachUsdt } from '../../lib/link/attach/usdt.js'
import { attachXdp } from '../../lib/link/attach/xdp.js'
import { openLink } from '../../lib/link/link.js'
import { createMap } from '../../lib/maps/create.js'
import { openMap } from '../../lib/maps/location.js'
import { flagsOf } from '../../lib/maps/update.js'
import { compileFilter } from '../../lib/monitors/flows/filter.js'
import { checkFlowOptions } from '../../lib/monitors/flows/options.js'
import { ConnectionEvents } from '../../lib/monitors/tcp/connection-events.js'
import { TcpMonitor } from '../../lib/monitors/tcp/tcp-monitor.js'
import { interfaceIndex, networkInterfaces } from '../../lib/net/interfaces.js'
import { networkNamespace } from '../../lib/net/namespace.js'
import { InterfaceWatcher } from '../../lib/net/watch-interfaces.js'
import { open } from '../../lib/object/open-object.js'
import { openProgram } from '../../lib/program/loaded-program.js'

// biome-ignore lint/suspicious/noExplicitAny: what is given is wrong on purpose
type Any = any

const program: Any = {
  name: 'count',
  section: 'tc',
  native: {
    attach() {
      throw new Error('the kernel was asked')
    },
  },
}
const btf = Object.create(Btf.prototype) as Btf

/** Each call with a misspelt option, and the name that it should have had. */
const calls: Record<string, [string, (options: Any) => unknown]> = {
  attachCgroup: ['direction', (o) => attachCgroup(program, o)],
  attachIterator: ['cgroup', (o) => attachIterator(program, o)],
  attachKprobe: ['offset', (o) => attachKprobe(program, 'f', o)],
  attachKretprobe: ['cookie', (o) => attachKretprobe(program, 'f', o)],
  attachKsyscall: ['cookie', (o) => attachKsyscall(program, 'read', o)],
  attachKretsyscall: ['cookie', (o) => attachKretsyscall(program, 'read', o)],
  attachKprobeMulti: ['symbols', (o) => attachKprobeMulti(program, o)],
  attachKretprobeMulti: ['pattern', (o) => attachKretprobeMulti(program, o)],
  attachKprobeSession: ['addresses', (o) => attachKprobeSession(program, o)],
  attachNetfilter: ['priority', (o) => attachNetfilter(program, o)],
  attachNetkit: ['side', (o) => attachNetkit(program, o)],
  attachNetns: ['netns', (o) => attachNetns(program, o)],
  attachPerfEvent: ['frequency', (o) => attachPerfEvent(program, o)],
  attachSocketFilter: ['interface', (o) => attachSocketFilter(program, o)],
  attachTc: ['interface', (o) => attachTc(program, o)],
  attachTcx: ['direction', (o) => attachTcx(program, o)],
  attachClsact: ['priority', (o) => attachClsact(program, o)],
  attachTrace: ['cookie', (o) => attachTrace(program, o)],
  attachFreplace: ['function', (o) => attachFreplace(program, o)],
  attachTracepoint: ['cookie', (o) => attachTracepoint(program, 'tcp', 'tcp_probe', o)],
  attachRawTracepoint: ['cookie', (o) => attachRawTracepoint(program, 'tcp_probe', o)],
  attachUprobe: ['symbol', (o) => attachUprobe(program, '/bin/sh', o)],
  attachUretprobe: ['symbol', (o) => attachUretprobe(program, '/bin/sh', o)],
  attachUprobeMulti: ['refCtrOffsets', (o) => attachUprobeMulti(program, '/bin/sh', o)],
  attachUretprobeMulti: ['cookies', (o) => attachUretprobeMulti(program, '/bin/sh', o)],
  attachUsdt: ['cookie', (o) => attachUsdt(program, '/bin/sh', 'a', 'b', o)],
  attachXdp: ['mode', (o) => attachXdp(program, o)],
  open: ['kernelBtf', (o) => open('/nowhere', o)],
  'decode of open': ['charArrays', (o) => open('/nowhere', { decode: o })],
  compileCodec: ['enums', (o) => compileCodec(btf, 1, o)],
  'Btf.parse': ['base', (o) => Btf.parse(new Uint8Array(), o)],
  createMap: ['maxEntries', (o) => createMap(o)],
  'location of openMap': ['path', (o) => openMap(o)],
  'options of openMap': ['int64', (o) => openMap({ id: 1 }, o)],
  openLink: ['path', (o) => openLink(o)],
  openProgram: ['path', (o) => openProgram(o)],
  'options of get and set': ['lock', (o) => flagsOf(o)],
  queryPrograms: ['attachType', (o) => queryPrograms(o)],
  networkInterfaces: ['netns', (o) => networkInterfaces(o)],
  interfaceIndex: ['netns', (o) => interfaceIndex('lo', o)],
  networkNamespace: ['netns', (o) => networkNamespace(o)],
  InterfaceWatcher: ['interfaces', (o) => new InterfaceWatcher(o)],
  tracePipe: ['interval', (o) => tracePipe(o).next()],
  FlowMonitor: ['interfaces', (o) => checkFlowOptions(o)],
  'filter of FlowMonitor': ['protocols', (o) => checkFlowOptions({ filter: o })],
  'exclude of a filter': ['addresses', (o) => compileFilter({ exclude: o })],
  'sockets of FlowMonitor': ['connections', (o) => checkFlowOptions({ sockets: o })],
  TcpMonitor: ['maxSockets', (o) => TcpMonitor.open(o)],
  ConnectionEvents: ['ringSize', (o) => ConnectionEvents.open(o)],
}

for (const [name, [option, call]] of Object.entries(calls)) {
  test(`${name}: a misspelt option is refused, with the name that was meant`, async (t) => {
    const misspelt = `${option.slice(0, -2)}${option.at(-1)}${option.at(-2)}`
    const error = await t.throwsAsync(async () => call({ [misspelt]: 1 }), { instanceOf: TypeError })
    t.true(error.message.endsWith(`there is no '${misspelt}'; did you mean '${option}'?`), error.message)
  })
}

test('a name that is like none lists those that there are, printable', (t) => {
  const known: OptionNames<{ one: 1; two: 2 }> = { one: true, two: true }
  t.throws(() => requireOptions({ 'x\u001b[2J': 1 }, known), {
    instanceOf: TypeError,
    message: "options: there is no 'x\\x1b[2J'; the names are one, two",
  })
})

test('an option that is undefined is not there, whatever its name; names of Object.prototype are no options', (t) => {
  t.notThrows(() => requireOptions({ three: undefined }, { one: true }))
  t.throws(() => requireOptions({ toString: 1 }, { one: true }), { message: /there is no 'toString'/ })
})
