import type { Btf } from '../btf/index.js'
import type { BpfMapInfo } from '../internal/binding.js'

/** How many bytes of a map's name the kernel keeps: BPF_OBJ_NAME_LEN without the NUL. */
const keptBytes = 15

/** The part of a name that the kernel keeps, in latin1. */
export const keptName = (name: string): string => Buffer.from(name).subarray(0, keptBytes).toString('latin1')

/**
 * Whether a map that matches in the kept part of its name can have this whole name. The BTF of an object has the whole names of its maps
 * and the types of their keys and values. True if the BTF cannot tell: for a map that no object made, and for a name short enough.
 */
export function mayBeNamed(name: string, info: Omit<BpfMapInfo, 'type'>, btf: Btf | undefined): boolean {
  if (Buffer.byteLength(name) <= keptBytes) return true
  const kept = keptName(name)
  const section = btf?.dataSections().find((each) => each.name === '.maps')
  const like = (section?.variables ?? []).filter((variable) => keptName(variable.name) === kept)
  const same = like.filter(({ type }) => hasTypesOf(info, type, btf))
  const among = same.length > 0 ? same : like
  return among.length === 0 || among.some((variable) => variable.name === name)
}

/** `struct { __type(key, …); __type(value, …); } name SEC(".maps")`: each is a pointer to the type. */
function hasTypesOf(
  { btfKeyTypeId, btfValueTypeId }: Omit<BpfMapInfo, 'type'>,
  id: number,
  btf: Btf | undefined,
): boolean {
  const definition = btf?.resolve(id)
  if (btf === undefined || definition?.kind !== 'STRUCT') return false
  const pointee = (name: string) => {
    const member = definition.members.find((each) => each.name === name)
    const type = member && btf.type(member.type)
    return type?.kind === 'PTR' ? type.type : 0
  }
  return pointee('key') === btfKeyTypeId && pointee('value') === btfValueTypeId
}
