import { release } from 'node:os'
import { PermissionError } from 'ebpf'
import * as attempt from './feature-attempts.js'
import { isOlderThan, kernelConfig } from './kernel-version.js'

interface Feature {
  /** The first kernel that has it, `major.minor`; undefined where all that the package supports do. */
  readonly minimumKernel?: string
  /** What the kernel must be built with besides. */
  readonly config: readonly string[]
  /** A security policy may keep it even from root. */
  readonly forbidden?: true
  /** Tries it on the running kernel; throws when it does not work. */
  attempt(): void
}

/** What the kernels that the tests run on differ in. */
const features = {
  tcx: { minimumKernel: '6.6', config: ['NET_XGRESS'], attempt: attempt.tcx },
  netkit: { minimumKernel: '6.7', config: ['NETKIT'], attempt: attempt.netkit },
  netfilter: { minimumKernel: '6.4', config: ['NETFILTER_BPF_LINK'], attempt: attempt.netfilter },
  sockmap_query: { minimumKernel: '5.19', config: ['BPF_STREAM_PARSER'], attempt: attempt.sockmapQuery },
  sockmap_link: { minimumKernel: '6.10', config: ['BPF_STREAM_PARSER'], attempt: attempt.sockmapLink },
  cgroup_unix: { minimumKernel: '6.7', config: ['CGROUP_BPF'], attempt: attempt.cgroupUnix },
  cgroup_anchor: { minimumKernel: '6.17', config: ['CGROUP_BPF'], attempt: attempt.cgroupAnchor },
  perf_link: { minimumKernel: '5.15', config: ['PERF_EVENTS'], attempt: attempt.perfLink },
  kprobe: { config: ['KPROBES', 'KPROBE_EVENTS'], attempt: attempt.kprobe },
  fentry: { config: ['DEBUG_INFO_BTF', 'FUNCTION_TRACER'], forbidden: true, attempt: attempt.fentry },
  tp_btf: { config: ['DEBUG_INFO_BTF'], attempt: attempt.tpBtf },
  bpf_cookie: { minimumKernel: '5.15', config: ['PERF_EVENTS'], attempt: attempt.cookie },
  netem: { config: ['NET_SCH_NETEM'], attempt: attempt.netem },
  vlan: { config: ['VLAN_8021Q'], attempt: attempt.vlan },
} satisfies Record<string, Feature>

export type FeatureName = keyof typeof features

/**
 * Why this kernel may lack the feature; undefined when it works.
 *
 * @throws {Error} when it does not work although the kernel is new enough and built with what it needs.
 */
export function whyMissing(name: FeatureName): string | undefined {
  const { minimumKernel, config, forbidden, attempt }: Feature = features[name]
  try {
    attempt()
    return undefined
  } catch (cause) {
    if (minimumKernel !== undefined && isOlderThan(minimumKernel)) return `${name} (Linux ${minimumKernel})`
    const disabled = config.find((option) => kernelConfig()?.has(option) === false)
    if (disabled !== undefined) return `${name} (CONFIG_${disabled})`
    // Every capability is there, so what says no is a policy of this machine.
    if (forbidden && cause instanceof PermissionError && cause.missing.length === 0) return `${name} (forbidden here)`
    throw new Error(`${name} does not work on Linux ${release()}, which should have it`, { cause })
  }
}
