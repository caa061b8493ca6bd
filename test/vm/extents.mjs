/**
 * How much of the kernel lane runs on an emulated kernel, where everything takes about ten times as long as on the machine's own. A
 * file is named here without `.test.ts`; a file that is not named runs on every kernel that runs the lane in full.
 */

/** The same on every kernel, so these run only on the machine's own, and on all before a release (`npm run test:vm -- all`). */
const sameOnEveryKernel = {
  'failing-calls':
    'what the library does when a system call fails, each of them in turn; its injector takes a compiler',
  'connections-namespace': 'a timer that looks at a file',
  'foreign-objects': 'what libbpf makes of malformed files and of options',
  'flow-filter-fuzz': 'random packets; the fixed ones of flow-filter go through every kernel’s verifier and compiler',
  'flow-fuzz': 'random packets; as above, flow-packets, flow-fragments and flow-tunnels',
  'libbpf-backports': 'what libbpf does when something fails; needs a compiler',
  'long-running': 'what this process keeps of interfaces, cgroups and connections that are gone',
  'map-memory-lifetime': 'when Node.js lets go of memory',
  'native-teardown': 'how Node.js ends a process',
  'pin-errors': 'what this library says of an error',
  'pinned-mismatch': 'as above',
  'process-symbols': 'files of /proc that have been the same since 4.3',
  'object-advice': 'what this library says of an error',
  'uprobe-files': 'files of programs that libbpf reads; needs a compiler',
  'uprobe-symbols': 'as above',
  'usdt-arguments': 'notes in such files',
  'usdt-linkers': 'layouts of such files; needs a compiler and linkers',
  waiting: 'when a wait for records ends, which is up to this library',
  threads: 'how Node.js ends its threads',
  'two-copies': 'which classes know each other',
  urls: 'paths that this library takes',
}

/**
 * What may differ on a kernel between the oldest and the newest. Everything else is the same library over the same system calls, and
 * the kernel's handling of these has not changed between 5.10 and the newest, which both run the lane in full.
 */
const differsBetweenKernels = {
  'attach-cgroup': 'links since 5.7, anchors since 6.17',
  'attach-kprobe': 'perf events, links, multi, sessions: chosen by what the kernel has',
  'attach-moved': 'XDP and TCX without a link, and what rtnetlink says of an interface that is moved',
  'attach-perf-event': 'links and cookies since 5.15',
  'attach-socket': 'sock maps have links since 6.10',
  'attach-tc': 'TCX since 6.6, clsact before',
  'attach-trace': 'cookies since 5.19, LSM and fentry by configuration',
  'attach-uprobe': 'multi links since 6.6',
  'attach-xdp': 'links, modes',
  'connection-states': 'TCP’s ways from one state to another, and what the kernel counts of them',
  connections: 'walks of sockets without a lock until 6.4, reasons of resets since 6.11, layouts of the socket',
  'connections-disconnect': 'when the counters of a socket are set to 0, and what is told of a reset',
  'connections-discarded': 'what is freed with a reason, and with which',
  'connections-drops': 'reasons of drops since 5.17',
  'connections-loss': 'all of that, with segments that are sent again',
  'flow-hooks': 'programs come and go by TCX since 6.6, by clsact before',
  'flow-neighbour': 'the program is verified and compiled by each; who else is on the hook, by TCX and clsact',
  'link-info': 'what each kind of link tells of itself has grown',
  probe: 'what the kernel has, by its version',
  'retransmit-kinds': 'tail loss probes and SYN-ACKs',
  'struct-ops': 'links since 6.4',
  'tcp-monitor': 'kprobe or tracepoint, whose arguments changed in 6.17',
}

/** Whether an extent includes a file of test/kernel, by name. */
export const extents = {
  all: () => true,
  full: (name) => !(name in sameOnEveryKernel),
  differences: (name) => name in differsBetweenKernels,
}

/** Every name above; a test compares them with the existing files. */
export const named = [...Object.keys(sameOnEveryKernel), ...Object.keys(differsBetweenKernels)]
