import { withAdvice } from './attach/explain.js'
import { sectionAdvice } from './attach/nearby.js'
import { BpfError } from './errors.js'
import { type FeatureName, isFeature, requiring } from './features.js'
import type { NativeProgramDescription } from './internal/binding.js'
import { kindOf } from './maps/kind.js'
import type { OpenMap } from './open-map.js'
import { pinMismatch } from './pinned-map.js'

/** What to do about an object that libbpf cannot open. */
export function explainOpen(error: unknown): unknown {
  if (!(error instanceof BpfError) || !/BTF is required, but is missing/.test(error.log)) return error
  return withAdvice(
    error,
    'the object has no BTF, which describes its maps and globals: compile it by `clang -g -O2 --target=bpf`, and strip it, if at all, by `llvm-strip -g`',
  )
}

/** What to do about a map that is pinned otherwise or whose type the kernel does not have, or about a program whose target the kernel does not have. */
export function explainLoad(
  error: unknown,
  programs: readonly NativeProgramDescription[],
  maps: ReadonlyMap<string, OpenMap>,
): unknown {
  if (!(error instanceof BpfError)) return error
  const pinned = pinMismatch(error, maps)
  if (pinned !== undefined) return withAdvice(error, pinned)
  const refused = /map '([^']*)': failed to create: -EINVAL/.exec(error.log)?.[1]
  const kind = kindOf(maps.get(refused ?? '')?.type ?? 0)
  if (kind !== undefined && isFeature(kind)) return lacking(kind, error)
  const name = /prog '([^']*)': failed to find kernel BTF type ID/.exec(error.log)?.[1]
  const section = programs.find((program) => program.name === name)?.section
  const advice = section === undefined ? undefined : sectionAdvice(section)
  return advice === undefined ? error : withAdvice(error, `program ${name} of SEC("${section}"): ${advice}`)
}

/** NotSupportedError where the kernel is older than the type of map, else the failure itself. */
function lacking(kind: FeatureName, failure: BpfError): unknown {
  try {
    return requiring(kind, () => {
      throw failure
    })
  } catch (explained) {
    return explained
  }
}

/** What to do about a target that is set and that the kernel does not have. */
export function explainTarget(error: unknown, section: string, target: unknown): unknown {
  if (!(error instanceof BpfError) || typeof target !== 'string') return error
  const [kind] = section.split('/', 1)
  const advice = error.code === 'ESRCH' || error.code === 'ENOENT' ? sectionAdvice(`${kind}/${target}`) : undefined
  return advice === undefined ? error : withAdvice(error, advice)
}
