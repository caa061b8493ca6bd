import { existsSync } from 'node:fs'
import { isOlderThan } from '../../internal/kernel-version.js'
import type { KernelFacts } from '../../kernel/facts.js'
import type { Check } from './check.js'

type Finding = Omit<Check, 'area' | 'name'>

/** What the process is allowed to do. */
export function processChecks(facts: KernelFacts, refusesBpf = false): Check[] {
  const checks: Readonly<Record<string, Finding | undefined>> = facts.proc ? found(facts, refusesBpf) : withoutProc
  return Object.entries(checks).flatMap(([name, finding]) => (finding ? [{ area: 'process', name, ...finding }] : []))
}

function found(facts: KernelFacts, refusesBpf: boolean): Readonly<Record<string, Finding | undefined>> {
  return {
    capabilities: capabilities(facts),
    'user namespace': userNamespace(facts),
    seccomp: seccomp(facts, refusesBpf),
    'memory limit': memoryLimit(facts),
    'other namespaces': also(facts, 'CAP_SYS_ADMIN', 'flows and interfaces of other network namespaces (--netns)'),
    'listing by id': also(
      facts,
      'CAP_SYS_ADMIN',
      'listPrograms(), listMaps(), listLinks(), openMap by id or name, enableStats()',
    ),
    'kernel symbols': kernelSymbols(facts),
  }
}

const unread: Finding = { state: 'unknown', found: 'cannot be read without /proc' }
const withoutProc: Readonly<Record<string, Finding>> = {
  '/proc': {
    state: 'missing',
    found: 'is not mounted, or does not show this process',
    advice: 'mount -t proc proc /proc',
  },
  capabilities: unread,
  'user namespace': unread,
  seccomp: unread,
}

function capabilities({ missingCapabilities: lacks, userNamespace: apart }: KernelFacts): Finding {
  if (lacks.length === 0) return { state: 'ok', found: 'all that loading and attaching take' }
  // More capabilities would not help in a user namespace.
  if (apart) return { state: 'missing', found: 'do not count in a user namespace' }
  return { state: 'missing', found: `lacks ${lacks.join(', ')}`, advice: ambient(lacks) }
}

function userNamespace({ userNamespace: apart }: KernelFacts): Finding {
  if (!apart) return { state: 'ok', found: 'the initial one' }
  const advice =
    'run it outside of the rootless container or user namespace: BPF asks for capabilities in the initial one'
  return { state: 'missing', found: 'one of its own', advice }
}

function seccomp({ seccomp: filtered }: KernelFacts, refusesBpf: boolean): Finding {
  if (refusesBpf) {
    const advice =
      'allow bpf(2), and perf_event_open(2) and setns(2) where they are used: in the profile of the container runtime, or by SystemCallFilter= of the systemd unit'
    return { state: 'missing', found: 'a filter refuses bpf(2)', advice }
  }
  return { state: 'ok', found: filtered ? 'a filter is in force, which lets bpf(2) pass' : 'no filter' }
}

/** Only before Linux 5.11: later kernels account memory to the cgroup. libbpf raises the limit if it may. */
function memoryLimit({ memoryLockLimit: bytes, alsoMissing }: KernelFacts): Finding | undefined {
  if (!isOlderThan('5.11') || bytes === undefined) return undefined
  if (bytes === Number.POSITIVE_INFINITY) return { state: 'ok', found: 'unlimited' }
  if (!alsoMissing.includes('CAP_SYS_RESOURCE')) return { state: 'ok', found: 'is raised where it is too low' }
  const found = `RLIMIT_MEMLOCK is ${Math.floor(bytes / 1024)} KiB, which maps and programs count against`
  return {
    state: 'degraded',
    found,
    advice: 'ulimit -l unlimited (LimitMEMLOCK=infinity in a systemd unit), or CAP_SYS_RESOURCE',
  }
}

function also({ alsoMissing }: KernelFacts, capability: string, what: string): Finding {
  if (!alsoMissing.includes(capability)) return { state: 'ok', found: 'allowed' }
  return { state: 'degraded', found: `lacks ${capability}`, advice: `${capability} is for ${what}` }
}

function kernelSymbols({ alsoMissing, kptrRestrict, perfEventParanoid }: KernelFacts): Finding {
  if (!existsSync('/proc/kallsyms')) {
    const advice = 'mount /proc whole: without subset=pid, or ProcSubset=pid of a systemd unit'
    return { state: 'degraded', found: '/proc/kallsyms is not there', advice }
  }
  if ((kptrRestrict ?? 0) > 1) {
    const advice = 'sysctl kernel.kptr_restrict=1, for addresses in kallsyms() and stacks'
    return { state: 'degraded', found: `kernel.kptr_restrict is ${kptrRestrict}`, advice }
  }
  const open = kptrRestrict === 0 && (perfEventParanoid ?? 2) <= 1
  if (open || !alsoMissing.includes('CAP_SYSLOG')) return { state: 'ok', found: 'allowed' }
  return {
    state: 'degraded',
    found: 'lacks CAP_SYSLOG',
    advice: 'CAP_SYSLOG is for addresses in kallsyms() and stacks',
  }
}

/** Not setcap on node: every script on the machine would get them. */
function ambient(lacks: readonly string[]): string {
  const names = lacks.map((name) => `+${name.slice(4).toLowerCase()}`).join(',')
  const asUser = '--reuid=$(id -u) --regid=$(id -g) --init-groups'
  return (
    `run as root, or with ambient capabilities: AmbientCapabilities=${lacks.join(' ')} in a systemd unit, or ` +
    `sudo setpriv ${asUser} --inh-caps=${names} --ambient-caps=${names} COMMAND`
  )
}
