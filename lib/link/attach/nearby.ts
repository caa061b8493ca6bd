import { readdirSync, statSync } from 'node:fs'
import { kernelBtf } from '../../kernel/btf.js'
import { didYouMean } from '../../nearest.js'
import { printable } from '../../printable.js'
import { ElfSymbols } from '../../symbols/elf-symbols.js'

/*
 * Names similar to one that was not found. They are only looked up after a failure. If the list cannot be read, there is no advice,
 * and the failure is reported unchanged.
 */

const eventFolders = ['/sys/kernel/tracing/events', '/sys/kernel/debug/tracing/events']

/** The advice for an unknown tracepoint of tracefs. */
export function tracepointAdvice(category: string, name: string): string | undefined {
  const folder = eventFolders.find((each) => entries(each).length > 0)
  if (folder === undefined) return undefined
  const categories = entries(folder)
  if (!categories.includes(category)) {
    return `tracefs has no category '${printable(category)}'${didYouMean(category, categories)}`
  }
  const names = entries(`${folder}/${category}`)
  if (names.includes(name)) return undefined
  return `'${category}' has no tracepoint '${printable(name)}'${didYouMean(name, names)}`
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((each) => (each.isDirectory() ? [each.name] : []))
  } catch {
    return []
  }
}

// More than the symbols of the largest programs take; explaining a failure must not take seconds.
const largestFile = 256 * 1024 * 1024

/** The advice for an unknown function of a program or a library. */
export function symbolAdvice(path: string, symbol: string): string | undefined {
  try {
    if (statSync(path).size > largestFile) return undefined
    const names = new Set(ElfSymbols.read(path)?.functionNames())
    if (names.size === 0) return `${path} has no function names, because it is stripped: pass an offset`
    if (names.has(symbol)) return undefined
    return `${path} has no function '${printable(symbol)}'${didYouMean(symbol, names)}`
  } catch {
    return undefined
  }
}

/** How the kernel's BTF names the targets of programs, by kind of target (libbpf_get_attach_btf_id in libbpf.c). */
const inBtf = {
  tracepoint: { kind: 'TYPEDEF', prefix: 'btf_trace_', missing: 'the kernel has no tracepoint' },
  function: { kind: 'FUNC', prefix: '', missing: "the kernel's BTF has no function" },
  lsm: { kind: 'FUNC', prefix: 'bpf_lsm_', missing: 'the kernel has no LSM hook' },
  iterator: { kind: 'FUNC', prefix: 'bpf_iter_', missing: 'the kernel has no iterator' },
} as const

export type BtfTarget = keyof typeof inBtf

/** The advice for a target that the kernel's BTF lacks. */
export function btfAdvice(target: BtfTarget, name: string): string | undefined {
  const { kind, prefix, missing } = inBtf[target]
  const names = new Set<string>()
  try {
    for (const type of kernelBtf().types()) {
      if (type.kind === kind && type.name.startsWith(prefix)) names.add(type.name.slice(prefix.length))
    }
  } catch {
    return undefined
  }
  if (names.has(name)) return undefined
  const inlined = target === 'function' ? ': the compiler may have inlined it' : ''
  return `${missing} '${printable(name)}'${inlined}${didYouMean(name, names)}`
}

const sections: Readonly<Record<string, BtfTarget>> = {
  tp_btf: 'tracepoint',
  fentry: 'function',
  fexit: 'function',
  fmod_ret: 'function',
  fsession: 'function',
  lsm: 'lsm',
  lsm_cgroup: 'lsm',
  iter: 'iterator',
}

/** The advice for a section whose target is looked up when the program is loaded, such as `fentry/vfs_read`. */
export function sectionAdvice(section: string): string | undefined {
  const [kind = '', ...rest] = section.split('/')
  const target = sections[kind.replace(/^\?/, '').replace(/\.s$/, '')]
  return target && btfAdvice(target, rest.join('/'))
}
