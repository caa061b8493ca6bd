import { BpfError } from '../errors.js'
import type { NativeProgramDescription } from '../internal/binding.js'
import { withAdvice } from '../internal/with-advice.js'
import { explainMissing, isFeature } from '../kernel/features.js'
import { sectionAdvice } from '../link/attach/nearby.js'
import { isSession } from '../link/attach/trace.js'
import { type MapShape, whyRefused } from '../maps/refused.js'
import { printable } from '../printable.js'
import type { OpenMap } from './open-map.js'
import { pinMismatch } from './pinned-map.js'

/** Adds advice to the error for an object that libbpf cannot open. */
export function explainOpen(error: unknown): unknown {
  if (!(error instanceof BpfError)) return error
  const advice = openAdvice(error.log)
  return advice === undefined ? error : withAdvice(error, advice)
}

/** The advice that fits libbpf's messages about the file. */
function openAdvice(log: string): string | undefined {
  if (/BTF is required, but is missing/.test(log)) {
    return 'the object has no BTF, which describes its maps and globals: compile it with `clang -g -O2 --target=bpf`; if you strip it, use `llvm-strip -g`'
  }
  if (/couldn't find symbol table/.test(log)) {
    return 'the object has no symbol table, which libbpf needs to find programs, maps and globals: if you strip it, use `llvm-strip -g`'
  }
  if (/legacy map definitions in 'maps' section/.test(log)) {
    return 'its section `maps` has map definitions for libbpf before 1.0: write `struct { __uint(type, …); __type(key, …); … } NAME SEC(".maps")`'
  }
  const misplaced = /bad map relo against '([^']*)' in section '([^']*)'/.exec(log)
  if (misplaced) {
    const [, variable = '', section = ''] = misplaced
    return `the program uses '${printable(variable)}' of section '${printable(section)}', which holds neither maps nor globals: put them in .maps, .data, .bss, .rodata, or a section such as .data.NAME`
  }
  const external = /failed to find BTF for extern '([^']*)'/.exec(log)?.[1]
  if (external === undefined) return undefined
  return `'${printable(external)}' is declared but not defined: declare it __ksym or __kconfig if the kernel defines it, otherwise link the object that does (bpftool gen object)`
}

/**
 * Adds advice to a failed load: for a map that the kernel does not create, a pinned map that differs, or a program whose target the
 * kernel lacks.
 */
export function explainLoad(
  error: unknown,
  programs: readonly NativeProgramDescription[],
  maps: ReadonlyMap<string, OpenMap>,
): unknown {
  if (!(error instanceof BpfError)) return error
  const pinned = pinMismatch(error, maps)
  if (pinned !== undefined) return withAdvice(error, pinned)
  const failed = /prog '([^']*)': BPF program load failed/.exec(error.log)?.[1]
  if (isSession(programs.find((program) => program.name === failed)?.section.split('/', 1)[0] ?? '')) {
    return explainMissing('trace_session', error)
  }
  const refused = refusedMap(error, maps)
  if (refused !== undefined) return refused
  const unknown = unknownToKernel(error.log)
  if (unknown !== undefined) return withAdvice(error, unknown)
  const untyped = /prog '([^']*)': missing BPF prog type/.exec(error.log)?.[1]
  if (untyped !== undefined) {
    const { section = '' } = programs.find((program) => program.name === untyped) ?? {}
    return withAdvice(error, untypedAdvice(untyped, section))
  }
  const name = /prog '([^']*)': failed to find kernel BTF type ID/.exec(error.log)?.[1]
  const section = programs.find((program) => program.name === name)?.section
  const advice = section === undefined ? undefined : sectionAdvice(section)
  return advice === undefined ? error : withAdvice(error, `program ${name} of SEC("${section}"): ${advice}`)
}

/** The error for a map that the kernel does not create: it lacks the type, or the map breaks one of its rules. */
function refusedMap(error: BpfError, maps: ReadonlyMap<string, OpenMap>): unknown {
  if (error.code !== 'EINVAL' && error.code !== 'ENOTSUPP') return undefined
  const map = maps.get(/map '([^']*)': failed to create: /.exec(error.log)?.[1] ?? '')
  if (map === undefined) return undefined
  const explained = isFeature(map.type) ? explainMissing(map.type, error) : error
  if (explained !== error) return explained
  const why = whyRefused(shapeOf(map))
  return why === undefined ? undefined : withAdvice(error, `map '${printable(map.name)}': ${why}`)
}

/** The advice for a program whose section libbpf does not know. */
function untypedAdvice(name: string, section: string): string {
  const old = /^(classifier|action)\b/.test(section) ? ' (since libbpf 1.0 it is SEC("tc"))' : ''
  return `SEC("${printable(section)}") does not determine the type of program ${printable(name)}${old}: rename the section, or set the program's type before loading`
}

/** The advice for a symbol, kfunc or setting that a program declares and the kernel lacks. */
function unknownToKernel(log: string): string | undefined {
  const kfunc = /extern \(func ksym\) '([^']*)': not found in kernel or module BTFs/.exec(log)?.[1]
  const name = kfunc ?? /extern '([^']*)' \(strong\): not resolved/.exec(log)?.[1]
  if (name === undefined) return undefined
  const weak = 'declare it __weak if the program can do without it'
  if (kfunc !== undefined) {
    return `the kernel and its loaded modules have no kfunc '${printable(name)}': ${weak}, and check bpf_ksym_exists(${printable(name)})`
  }
  if (name.startsWith('CONFIG_')) return `the kernel's configuration does not set ${printable(name)}: ${weak}`
  return `the kernel has no symbol '${printable(name)}' in /proc/kallsyms, which lists variables only with CONFIG_KALLSYMS_ALL: ${weak}`
}

function shapeOf({ typeId, keySize, valueSize, maxEntries, flags, extra, name, hasInner }: OpenMap): MapShape {
  return { type: typeId, keySize, valueSize, maxEntries, flags, extra, name, hasInner }
}

/** Adds advice to the error for an attach target that was set and that the kernel lacks. */
export function explainTarget(error: unknown, section: string, target: unknown): unknown {
  if (!(error instanceof BpfError) || typeof target !== 'string') return error
  const [kind] = section.split('/', 1)
  const advice = error.code === 'ESRCH' || error.code === 'ENOENT' ? sectionAdvice(`${kind}/${target}`) : undefined
  return advice === undefined ? error : withAdvice(error, advice)
}
