import { readFileSync } from 'node:fs'

// Bit numbers of include/uapi/linux/capability.h. CAP_BPF and CAP_PERFMON exist since 5.8.
const needed = { CAP_NET_ADMIN: 12, CAP_PERFMON: 38, CAP_BPF: 39 } as const
const sysAdmin = 21n

/** The capabilities that BPF needs and this process lacks; CAP_SYS_ADMIN stands for all of them. */
export function missingCapabilities(): string[] {
  const effective = effectiveCapabilities()
  if ((effective >> sysAdmin) & 1n) return (effective >> BigInt(needed.CAP_NET_ADMIN)) & 1n ? [] : ['CAP_NET_ADMIN']
  return Object.entries(needed)
    .filter(([, bit]) => !((effective >> BigInt(bit)) & 1n))
    .map(([name]) => name)
}

function effectiveCapabilities(): bigint {
  const line = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/thread-self/status', 'utf8'))
  return BigInt(`0x${line?.[1] ?? '0'}`)
}
