import type { Btf, BtfType } from '../btf.js'
import type { ObjectModel } from './object-model.js'

export interface NamedRecord {
  /** Of the struct or union, or of the typedef of an anonymous one. */
  readonly name: string
  /** Of the type that a ring buffer finds by that name. */
  readonly id: number
}

/**
 * The structs and unions that a ring buffer's records may be of: those that maps and globals hold or point to, and what
 * they hold in turn, and those asked for by name. By name, so that the order does not depend on the compiler's.
 * Throws RangeError for a name that the object has not.
 */
export function reachableRecords(btf: Btf, model: ObjectModel, asked: readonly string[] | 'all'): NamedRecord[] {
  const names = new Set<string>()
  const seen = new Set<number>()

  const visit = (id: number, alias = '') => {
    if (seen.has(id)) return
    seen.add(id)
    let typedef = alias
    const type = btf.resolve(id, (passed) => {
      if (passed.kind === 'TYPEDEF') typedef = passed.name
    })
    if (type.kind === 'ARRAY') visit(type.type)
    if (type.kind === 'DATASEC') for (const { type: variable } of type.variables) visitVariable(btf.type(variable))
    if (type.kind !== 'STRUCT' && type.kind !== 'UNION') return
    if (type.name || typedef) names.add(type.name || typedef)
    for (const member of type.members) visit(member.type)
  }
  const visitVariable = (variable: BtfType) => {
    if (variable.kind === 'VAR') visit(variable.type)
  }

  for (const { key, value } of model.maps) for (const id of [key, value]) if (id !== undefined) visit(id)
  for (const { type } of model.globals.values()) visit(type)
  for (const id of model.pointees) visit(id)
  if (asked === 'all') {
    for (const type of btf.types()) if (isRecord(btf, type)) visit(type.id)
  } else {
    for (const name of asked) {
      const found = findRecord(btf, name)
      if (!found) throw new RangeError(`the object's BTF has no struct, union or typedef '${name}'`)
      visit(found.id)
    }
  }
  return [...names].sort().flatMap((name) => {
    const found = findRecord(btf, name)
    return found ? [{ name, id: found.id }] : []
  })
}

const isRecord = (btf: Btf, { kind, id }: BtfType): boolean =>
  kind === 'STRUCT' || kind === 'UNION' || (kind === 'TYPEDEF' && ['STRUCT', 'UNION'].includes(btf.resolve(id).kind))

/** As a ring buffer looks its type up. */
const findRecord = (btf: Btf, name: string): BtfType | undefined =>
  btf.findByName(name, 'STRUCT') ?? btf.findByName(name)
