import type { Btf } from '../btf/index.js'
import type { NativeMapInfo } from '../internal/binding.js'

/** Bytes of a map's name that the kernel keeps, BPF_OBJ_NAME_LEN without its NUL. */
const keptBytes = 15

/** What the kernel keeps of a name, in latin1. */
export const keptName = (name: string): string => Buffer.from(name).subarray(0, keptBytes).toString('latin1')

/**
 * Whether a map whose kept name is the same can be the one of that whole name. The BTF of an object holds the whole names of its maps,
 * each with its types of keys and values. It says nothing of a map that no object made, and neither does a name that was not cut.
 */
export function mayBeNamed(name: string, info: NativeMapInfo, btf: Btf | undefined): boolean {
  if (Buffer.byteLength(name) <= keptBytes) return true
  const kept = keptName(name)
  const section = btf?.dataSections().find((each) => each.name === '.maps')
  const like = (section?.variables ?? []).filter((variable) => keptName(variable.name) === kept)
  const same = like.filter(({ type }) => hasTypesOf(info, type, btf))
  const among = same.length > 0 ? same : like
  return among.length === 0 || among.some((variable) => variable.name === name)
}

/** `struct { __type(key, …); __type(value, …); } name SEC(".maps")`: each is a pointer to the type. */
function hasTypesOf({ btfKeyTypeId, btfValueTypeId }: NativeMapInfo, id: number, btf: Btf | undefined): boolean {
  const definition = btf?.resolve(id)
  if (btf === undefined || definition?.kind !== 'STRUCT') return false
  const pointee = (name: string) => {
    const member = definition.members.find((each) => each.name === name)
    const type = member && btf.type(member.type)
    return type?.kind === 'PTR' ? type.type : 0
  }
  return pointee('key') === btfKeyTypeId && pointee('value') === btfValueTypeId
}
