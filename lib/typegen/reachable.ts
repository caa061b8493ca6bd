import type { Btf, BtfType } from '../btf/index.js'
import { didYouMean } from '../nearest.js'
import type { ObjectModel } from './object-model.js'

export interface NamedRecord {
  /** The name of the struct or union, or of the typedef of an anonymous one. */
  readonly name: string
  /** The id of the type that a ring buffer finds by that name. */
  readonly id: number
}

/**
 * The structs and unions that the records of a ring buffer may have: those that maps and globals hold or point to, those nested in them,
 * and those requested by name. Sorted by name, so that the order does not depend on the compiler.
 * Throws RangeError for a name that the object lacks.
 */
export function reachableRecords(btf: Btf, model: ObjectModel, asked: readonly string[] | 'all'): NamedRecord[] {
  const find = finder(btf)
  const names = new Set<string>()
  const seen = new Set<number>()
  const pending = [
    ...model.maps.flatMap(({ key, value }) => [key, value].filter((id) => id !== undefined)),
    ...[...model.globals.values()].map(({ type }) => type),
    ...model.pointees,
    ...(asked === 'all' ? allRecords(btf) : asked.map((name) => askedFor(btf, find, name))),
  ]
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    let typedef = ''
    const type = btf.resolve(id, (passed) => {
      if (passed.kind === 'TYPEDEF') typedef = passed.name
    })
    if (type.kind === 'ARRAY' || type.kind === 'VAR') pending.push(type.type)
    if (type.kind === 'DATASEC') pending.push(...type.variables.map((variable) => variable.type))
    if (type.kind !== 'STRUCT' && type.kind !== 'UNION') continue
    names.add(type.name || typedef)
    for (const member of type.members) pending.push(member.type)
  }
  names.delete('')
  return [...names].sort().flatMap((name) => {
    const found = find(name)
    return found ? [{ name, id: found.id }] : []
  })
}

const allRecords = (btf: Btf): number[] =>
  [...btf.types()].filter(({ kind }) => kind === 'STRUCT' || kind === 'UNION' || kind === 'TYPEDEF').map(({ id }) => id)

function askedFor(btf: Btf, find: Find, name: string): number {
  const found = find(name)
  if (found) return found.id
  const names = allRecords(btf).map((id) => btf.type(id).name)
  throw new RangeError(`the object's BTF has no struct, union or typedef '${name}'${didYouMean(name, names)}`)
}

type Find = (name: string) => BtfType | undefined

/** Finds types as a ring buffer does, structs first. Uses an index, because `findByName` searches all types. */
function finder(btf: Btf): Find {
  const structs = new Map<string, BtfType>()
  const others = new Map<string, BtfType>()
  for (const type of btf.types()) {
    const index = type.kind === 'STRUCT' ? structs : others
    if (!index.has(type.name)) index.set(type.name, type)
  }
  return (name) => structs.get(name) ?? others.get(name)
}
