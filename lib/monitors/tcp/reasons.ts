import { kernelBtf } from '../../kernel/btf.js'

/** What the programs write if the kernel gives no reason (bpf/socket.h). */
const noReason = 0xffff_ffff

/** The names of an enum of the running kernel, without their common prefix; undefined if there is no reason. */
export function reasonNames(enumName: string, prefix: string): (reason: number) => string | undefined {
  let names: Map<number, string> | undefined
  return (reason) => {
    if (reason === noReason) return undefined
    names ??= enumerators(enumName, prefix)
    return names.get(reason) ?? `${reason}`
  }
}

function enumerators(enumName: string, prefix: string): Map<number, string> {
  const type = kernelBtf().findByName(enumName, 'ENUM')
  if (type?.kind !== 'ENUM') return new Map()
  return new Map(
    type.values.map(({ name, value }) => [value, name.startsWith(prefix) ? name.slice(prefix.length) : name]),
  )
}

/** Reasons above 0xffff are those of a subsystem, which the enum does not list: they stay numbers. */
export const dropReason = reasonNames('skb_drop_reason', 'SKB_DROP_REASON_')
export const resetReason = reasonNames('sk_rst_reason', 'SK_RST_REASON_')
