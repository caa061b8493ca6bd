import { basename } from 'node:path'
import { Failure } from '../lib/run.mjs'
import { filesUnder } from '../lib/step.mjs'

/** The tests of a file are those of the first rule that matches its path; `*` is any name. Tests that notice most come first. */
const rules = [
  [/^bpf\/flow_fragment/, 'kernel/flow-fragments kernel/flow-packets kernel/flow-*'],
  [/^bpf\/flow_tunnel/, 'kernel/flow-tunnels kernel/flow-packets kernel/flow-*'],
  [/^bpf\/flow_filter/, 'kernel/flow-filter kernel/flow-filter-fuzz kernel/flow-*'],
  [/^bpf\/(flow|kernel_packet)/, 'kernel/flow-packets kernel/flow-fragments kernel/flow-*'],
  [
    /^bpf\/(socket|connection)/,
    'kernel/connections kernel/connection* kernel/flow-sockets kernel/retransmit* kernel/tcp-monitor',
  ],
  [/^bpf\/(retransmit|twice|registers)/, 'kernel/retransmit* kernel/tcp-monitor kernel/connection*'],
  [/^bpf\/drop/, 'kernel/demo kernel/retransmit* kernel/tcp-monitor'],
  [
    /^bpf\//,
    'kernel/flow-packets kernel/retransmit* kernel/tcp-monitor kernel/connections kernel/flow-* kernel/connection*',
  ],
  [
    /^lib\/monitors\/flows\/(memory|interval|hook|objects|options|flow-monitor|sockets|join|paths|places)/,
    'unit/join-flows unit/flow-* kernel/flow-interfaces kernel/flow-monitor kernel/flow-devices',
    'kernel/flow-load kernel/flow-neighbour kernel/flow-sockets',
  ],
  [/^lib\/monitors\/flows/, 'unit/flow-* kernel/flow-packets kernel/flow-*'],
  [
    /^lib\/monitors\/tcp/,
    'unit/connection-join unit/flow-sockets kernel/retransmit* kernel/tcp-monitor kernel/connection* kernel/flow-sockets',
  ],
  [
    /^lib\/monitors\//,
    'unit/counter-growth unit/epoch-table unit/tuple-map unit/snapshots unit/flow-* kernel/flow-monitor kernel/retransmit*',
    'kernel/tcp-monitor kernel/flow-* kernel/connection*',
  ],
  [/^lib\/cli/, 'unit/cli-* native/cli docs/command-line kernel/cli kernel/demo kernel/doctor'],
  [/^lib\/typegen\//, 'unit/typegen native/types docs/types'],
  [/^lib\/btf/, 'unit/btf* unit/codec* unit/typegen kernel/formats kernel/map-kinds'],
  [
    /^lib\/maps\//,
    'unit/codec* unit/map-* unit/sum unit/scalars kernel/map* kernel/native-map* kernel/formats kernel/globals',
  ],
  [
    /^lib\/events\//,
    'unit/record-* unit/trace-pipe kernel/ringbuf kernel/perfbuf kernel/user-ringbuf kernel/one-reader kernel/read-all',
    'kernel/trace-pipe',
  ],
  [/^lib\/net\//, 'unit/interface-* unit/netlink unit/dump native/netlink kernel/*interfaces kernel/flow-monitor'],
  [/^lib\/symbols\//, 'unit/elf-symbols unit/kallsyms kernel/stack kernel/attach-uprobe'],
  [
    /^lib\/kernel\//,
    'unit/facts unit/clock native/system kernel/probe kernel/introspect kernel/doctor kernel/privileges kernel/iterator',
  ],
  [/^lib\/(link\/attach|program)\//, 'unit/attach kernel/attach-* kernel/link* kernel/program kernel/iterator'],
  [/^lib\/(link\/|internal\/attach)/, 'kernel/link-info kernel/link* kernel/attach-* kernel/query kernel/iterator'],
  [/^lib\/internal\/binding/, 'unit/map-* kernel/map* kernel/native-*'],
  [
    /^lib\//,
    'unit/errors unit/create-error unit/lifetime native/* kernel/*object* kernel/map kernel/program',
    'kernel/link* kernel/globals kernel/introspect kernel/query kernel/struct-ops kernel/attach-*',
  ],
  [/^src-native\/(maps\/|object\/maps)/, 'native/* kernel/map* kernel/native-map* kernel/native-teardown'],
  [
    /^src-native\/events\//,
    'native/misuse kernel/ringbuf kernel/perfbuf kernel/user-ringbuf kernel/native-ring-buffer',
    'kernel/one-reader kernel/native-teardown',
  ],
  [
    /^src-native\/(net\/|attach\/(query|tc|hook|mprog))/,
    'native/netlink kernel/query kernel/attach-tc kernel/attach-xdp kernel/attach-cgroup',
    'kernel/*interfaces',
  ],
  [/^src-native\/(attach|link)\//, 'kernel/attach-* kernel/link* kernel/native-teardown'],
  [
    /^src-native\//,
    'native/* kernel/native-* kernel/*object* kernel/program kernel/globals kernel/probe',
    'kernel/introspect kernel/struct-ops kernel/iterator',
  ],
]

const lanes = ['unit', 'native', 'docs', 'kernel']

/**
 * The tests that should notice mistakes in a file, such as `kernel/flow-load`: quick lanes first, and in each lane those named like the
 * file first. `pattern` names other tests instead.
 */
export function testsOf(file, pattern) {
  const known = lanes.flatMap((lane) =>
    filesUnder(`test/${lane}`)
      .filter((path) => path.endsWith('.test.ts'))
      .sort(),
  )
  const names = known.map((path) => path.slice('test/'.length, -'.test.ts'.length))
  const patterns = pattern ? pattern.split(',') : [`*/${nameOf(file)}`, ...ruleOf(file)]
  const found = new Set(patterns.flatMap((each) => names.filter((name) => expressionOf(each).test(name))))
  if (found.size === 0) throw new Failure(`no test file is ${pattern ?? `known for ${file}`}`)
  return lanes.flatMap((lane) => [...found].filter((name) => name.startsWith(`${lane}/`)))
}

const ruleOf = (file) => {
  const [, ...patterns] = rules.find(([path]) => path.test(file)) ?? []
  return patterns.flatMap((each) => each.split(' '))
}

const nameOf = (file) => basename(file).replace(/\..*$/, '').replaceAll('_', '-')

const expressionOf = (pattern) => new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`)
