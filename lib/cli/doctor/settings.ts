import type { KernelFacts } from '../../kernel/facts.js'
import type { Check } from './check.js'

/** How the kernel is configured. */
export function settingsChecks(facts: KernelFacts): Check[] {
  const { lockdown, jit } = facts
  return [
    {
      area: 'kernel',
      name: 'BTF',
      ...(facts.btf
        ? { state: 'ok', found: '/sys/kernel/btf/vmlinux' }
        : {
            state: 'missing',
            found: 'the kernel has no types of its own',
            advice: 'a kernel built with CONFIG_DEBUG_INFO_BTF, or a BTF file for it (OpenOptions.kernelBtf)',
          }),
    },
    {
      area: 'kernel',
      name: 'JIT',
      ...(jit === undefined
        ? { state: 'unknown', found: 'net.core.bpf_jit_enable cannot be read' }
        : jit === 'off'
          ? { state: 'degraded', found: 'off: programs are interpreted', advice: 'sysctl net.core.bpf_jit_enable=1' }
          : { state: 'ok', found: jit }),
    },
    {
      area: 'kernel',
      name: 'lockdown',
      ...(lockdown === undefined
        ? lockdownUnknown(facts)
        : lockdown === 'confidentiality'
          ? {
              state: 'degraded',
              found: 'confidentiality: no kprobes, no trace_pipe, and programs cannot read kernel memory',
              advice: 'boot with lockdown=integrity or none',
            }
          : { state: 'ok', found: lockdown }),
    },
    facts.proc ? tracefs(facts) : unread('tracefs'),
    facts.proc ? mount('bpffs', facts.bpffs, 'mount -t bpf bpf /sys/fs/bpf', 'pinning') : unread('bpffs'),
  ]
}

function lockdownUnknown({ securityModules }: KernelFacts): Pick<Check, 'state' | 'found' | 'advice'> {
  if (securityModules !== undefined) return { state: 'ok', found: 'the kernel has none' }
  const advice = 'mount -t securityfs securityfs /sys/kernel/security'
  return { state: 'unknown', found: 'securityfs is not mounted', advice }
}

const unread = (name: string): Check => ({
  area: 'kernel',
  name,
  state: 'unknown',
  found: 'cannot be read without /proc',
})

function tracefs({ tracefs: path, tracefsUsable }: KernelFacts): Check {
  if (path !== undefined && !tracefsUsable) {
    const advice = `run as root or with CAP_DAC_READ_SEARCH, or: mount -o remount,gid=GROUP ${path}`
    const found = `${path} is closed to this process: no tracepoints by name`
    return { area: 'kernel', name: 'tracefs', state: 'degraded', found, advice }
  }
  const mounted = tracefsUsable ? (path ?? 'usable') : undefined
  return mount('tracefs', mounted, 'mount -t tracefs tracefs /sys/kernel/tracing', 'tracepoints by name')
}

function mount(name: string, path: string | undefined, command: string, what: string): Check {
  return path === undefined
    ? { area: 'kernel', name, state: 'degraded', found: `is not mounted: no ${what}`, advice: command }
    : { area: 'kernel', name, state: 'ok', found: path }
}
