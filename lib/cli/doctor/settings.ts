import type { KernelFacts } from '../../kernel/facts.js'
import type { Check } from './check.js'

/** What the process may do and how the kernel is set up. */
export function settingsChecks(facts: KernelFacts): Check[] {
  const { missingCapabilities, lockdown, jit } = facts
  return [
    {
      area: 'process',
      name: 'capabilities',
      ...(missingCapabilities.length === 0
        ? { state: 'ok', found: 'all that BPF needs' }
        : {
            state: 'missing',
            found: `lacks ${missingCapabilities.join(', ')}`,
            advice: `run as root, or: setcap ${missingCapabilities.join(',').toLowerCase()}+ep $(command -v node)`,
          }),
    },
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
        ? { state: 'unknown', found: 'securityfs is not mounted, or the kernel has no lockdown' }
        : lockdown === 'confidentiality'
          ? {
              state: 'degraded',
              found: 'confidentiality: programs cannot read kernel memory',
              advice: 'boot with lockdown=integrity or none',
            }
          : { state: 'ok', found: lockdown }),
    },
    mount('tracefs', facts.tracefs, 'mount -t tracefs tracefs /sys/kernel/tracing', 'tracepoints by name'),
    mount('bpffs', facts.bpffs, 'mount -t bpf bpf /sys/fs/bpf', 'pinning'),
  ]
}

function mount(name: string, path: string | undefined, command: string, what: string): Check {
  return path === undefined
    ? { area: 'kernel', name, state: 'degraded', found: `is not mounted: no ${what}`, advice: command }
    : { area: 'kernel', name, state: 'ok', found: path }
}
