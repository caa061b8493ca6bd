import type { Btf, DataSection } from '../btf/index.js'
import { arenaSection } from '../maps/types.js'

/** What `open` reveals about a file. */
export interface ObjectSource {
  readonly btf: Btf
  readonly programs: Iterable<{ readonly name: string; readonly section: string }>
  readonly maps: Iterable<{ readonly name: string; readonly type: string; readonly btfValueTypeId: number }>
}

/** The parts of an object, with the BTF ids of their types; undefined if BTF has none. */
export interface ObjectModel {
  readonly programs: ReadonlyMap<string, string>
  readonly maps: readonly MapModel[]
  readonly globals: ReadonlyMap<string, GlobalModel>
  /** Structs that only a pointer refers to: `const struct event *unused_event` names the records of a ring buffer. */
  readonly pointees: readonly number[]
}

export interface MapModel {
  readonly name: string
  readonly type: string
  readonly key: number | undefined
  readonly value: number | undefined
}

export interface GlobalModel {
  readonly type: number
  readonly constant: boolean
}

export function objectModel({ btf, programs, maps }: ObjectSource): ObjectModel {
  const sections = new Map(btf.dataSections().map((section) => [section.name, section]))
  const definitions = variables(sections.get('.maps'))
  const operations = variables(...[...sections.values()].filter(({ name }) => name.startsWith('.struct_ops')))
  const models: MapModel[] = []
  const globals = new Map<string, GlobalModel>()
  const pointees: number[] = []
  const addGlobals = (section: DataSection | undefined) => {
    for (const variable of section?.variables ?? []) {
      const constant = section?.name.startsWith('.rodata') === true || section?.name === '.kconfig'
      globals.set(variable.name, { type: variable.type, constant })
      const resolved = btf.resolve(variable.type)
      if (resolved.kind === 'PTR') pointees.push(resolved.type)
    }
  }

  for (const { name, type, btfValueTypeId } of maps) {
    const definition = definitions.get(name)
    if (definition !== undefined) {
      models.push({ name, type, key: pointee(btf, definition, 'key'), value: pointee(btf, definition, 'value') })
      if (type === 'arena') addGlobals(sections.get(arenaSection))
      continue
    }
    if (type === 'struct_ops') {
      models.push({ name, type, key: undefined, value: operations.get(name) })
      continue
    }
    // Not by name, which is cut off after 15 bytes.
    const section = [...sections.values()].find(({ id }) => id === btfValueTypeId)
    models.push({ name, type, key: undefined, value: section?.id })
    addGlobals(section)
  }
  return {
    programs: new Map([...programs].map(({ name, section }) => [name, section])),
    maps: models,
    globals,
    pointees: pointees.filter((id) => ['STRUCT', 'UNION'].includes(btf.resolve(id).kind)),
  }
}

/** The types of the sections' variables, by name. */
const variables = (...sections: readonly (DataSection | undefined)[]): Map<string, number> =>
  new Map(sections.flatMap((section) => section?.variables.map(({ name, type }) => [name, type] as const) ?? []))

/** The type of a map's `__type(key, T)`, which declares a member `T *key`. */
function pointee(btf: Btf, definition: number, member: string): number | undefined {
  const struct = btf.resolve(definition)
  if (struct.kind !== 'STRUCT') return undefined
  const found = struct.members.find(({ name }) => name === member)
  const pointer = found && btf.resolve(found.type)
  return pointer?.kind === 'PTR' ? pointer.type : undefined
}
