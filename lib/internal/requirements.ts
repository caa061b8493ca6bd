import { bpfCapabilities, type Capability, lacking } from './capabilities.js'
import type { SystemCall } from './refused-calls.js'

/** What an operation needs from the process and the kernel's settings. */
export interface Requirement {
  /** Matches the start of the operations. */
  readonly operation: RegExp
  readonly capabilities: readonly Capability[]
  /** Additional capabilities that some uses need. They count as missing only if the process has the others. */
  readonly sometimes?: readonly Capability[]
  /** The first kernel that no longer requires `sometimes`. */
  readonly until?: string
  /** The system calls that it certainly makes: those that a seccomp filter may refuse are tried again. */
  readonly calls?: readonly SystemCall[]
  /** Creates something whose memory counts against RLIMIT_MEMLOCK before Linux 5.11. */
  readonly locksMemory?: true
  /** The part of it that `lockdown=confidentiality` forbids. */
  readonly confidentiality?: string
  /** Opens kernel events, which `kernel.perf_event_paranoid` may restrict to CAP_SYS_ADMIN. */
  readonly perfEvents?: true
  /** Why it is refused if neither a capability nor a setting is the reason. */
  readonly otherwise?: string
}

// CAP_NET_ADMIN: devmap, xskmap, sockmap
const mapCreation: Requirement = {
  operation: /^create map /,
  capabilities: ['CAP_BPF'],
  sometimes: ['CAP_NET_ADMIN'],
  calls: ['bpf'],
  locksMemory: true,
}

const table: readonly Requirement[] = [
  {
    operation: /^load /,
    capabilities: bpfCapabilities,
    calls: ['bpf'],
    locksMemory: true,
    confidentiality: 'programs that read kernel memory',
  },
  mapCreation,
  // kernel/bpf/syscall.c: bpf_obj_get_next_id, bpf_*_get_fd_by_id, bpf_enable_stats
  {
    operation:
      /^(list every |describe \w+ with id |read BTF with id |open \w+ with id |open the link \d|enable statistics)/,
    capabilities: ['CAP_SYS_ADMIN'],
    calls: ['bpf'],
  },
  // Until c8644cd0efe7 kernel.unprivileged_bpf_disabled closes every command of bpf(2).
  {
    operation: /^(open .*\bpinned at |open the link at |pin .*at )/,
    capabilities: [],
    sometimes: ['CAP_BPF'],
    until: '5.19',
  },
  {
    operation: /^attach .* to (kprobe|kretprobe|ksyscall|kretsyscall)/,
    capabilities: ['CAP_PERFMON'],
    sometimes: ['CAP_BPF'],
    calls: ['bpf'],
    confidentiality: 'kprobes',
    perfEvents: true,
  },
  {
    operation: /^attach .* to tracepoint/,
    capabilities: ['CAP_PERFMON'],
    sometimes: ['CAP_BPF'],
    calls: ['bpf'],
    perfEvents: true,
  },
  {
    operation: /^attach .* to (uprobe|uretprobe|usdt|perf event)/,
    capabilities: ['CAP_PERFMON'],
    sometimes: ['CAP_BPF'],
    calls: ['bpf'],
    perfEvents: true,
  },
  {
    operation: /^attach .* to (tcx|netkit|clsact|xdp|netfilter|netns)/,
    capabilities: ['CAP_NET_ADMIN'],
    sometimes: ['CAP_BPF'],
    calls: ['bpf'],
  },
  { operation: /^attach /, capabilities: bpfCapabilities, calls: ['bpf'] },
  { operation: /^query /, capabilities: ['CAP_NET_ADMIN'], calls: ['bpf'] },
  {
    operation: /^open perf buffer /,
    capabilities: ['CAP_PERFMON'],
    sometimes: ['CAP_BPF'],
    calls: ['bpf'],
    perfEvents: true,
  },
  { operation: /^(open network namespace \/proc\/|read the mappings of process )/, capabilities: ['CAP_SYS_PTRACE'] },
  {
    operation: /^(read the trace pipe|open \/sys\/kernel\/(debug\/)?tracing\/)/,
    capabilities: [],
    confidentiality: 'reading the trace',
  },
  // Files: their permissions decide.
  { operation: /^open |^unpin |^read the BTF of /, capabilities: [] },
  { operation: /^run /, capabilities: ['CAP_BPF'], calls: ['bpf'] },
  {
    operation: /^(?!set |use |probe )[a-z ]+ map /,
    capabilities: [],
    sometimes: ['CAP_BPF'],
    until: '5.19',
    calls: ['bpf'],
    otherwise: 'the map is frozen, or was created or opened without that access (rdonly, wronly)',
  },
]

/** The requirement for unknown operations. */
const unknown: Requirement = { operation: /^/, capabilities: bpfCapabilities, calls: ['bpf'] }

/** The requirement for entering another network namespace, whatever is done there. */
const namespaceEntry: Requirement = { operation: /^/, capabilities: ['CAP_SYS_ADMIN'], calls: ['setns'] }

/** What the addon logs when setns(2) fails (src-native/net/netns.cc). */
const refusedEntry = /^cannot enter the network namespace/m

/** What libbpf logs when perf_event_open(2) fails. */
const refusedEvent = /perf (buffer )?event/

/** What libbpf logs when a map cannot be created. */
const refusedMap = /^libbpf: map '[^']*': failed to create/m

/** What libbpf logs when it needs the address of a kernel symbol and gets 0 (libbpf/fixes/kernel-symbols.mjs). */
const hiddenAddress = /\/proc\/kallsyms hides/

const kernelAddresses: Requirement = {
  operation: /^/,
  capabilities: ['CAP_SYSLOG'],
  otherwise: 'kernel.kptr_restrict is above 1, which hides the addresses of symbols from everyone: set it to 1 or 0',
}

export function requirementOf(operation: string, log: string): Requirement {
  if (refusedEntry.test(log)) return namespaceEntry
  if (hiddenAddress.test(log)) return kernelAddresses
  // Loading an object creates its maps first. Without CAP_BPF nothing of it can be loaded, so report everything that loading needs.
  if (operation.startsWith('load ') && refusedMap.test(log) && lacking(['CAP_BPF']).length === 0) return mapCreation
  const known = table.find((each) => each.operation.test(operation)) ?? unknown
  return known.perfEvents && refusedEvent.test(log) ? { ...known, calls: ['perf_event_open'] } : known
}
