import { show } from '../arguments.js'
import { binding } from '../internal/binding.js'

type Table = keyof ReturnType<typeof binding.typeNames>

let tables: ReturnType<typeof binding.typeNames> | undefined

/** The number of a type, given its name in libbpf and bpftool or the number itself. */
export function typeNumber(table: Table, type: string | number): number {
  if (typeof type === 'number') {
    if (Number.isInteger(type) && type >= 0 && type <= 0xffff_ffff) return type
    throw new RangeError(`a ${table} type must be an integer from 0, not ${type}`)
  }
  const number = names(table).indexOf(type)
  if (number === -1)
    throw new RangeError(`there is no ${table} type ${show(type)}; there are: ${names(table).join(', ')}`)
  return number
}

/** The name of a type in libbpf and bpftool; for a newer type, a text such as `map type 99`. */
export function typeName(table: Table, number: number): string {
  return names(table)[number] ?? `${table} type ${number}`
}

/** All names that libbpf knows, indexed by number. */
export function names(table: Table): readonly string[] {
  tables ??= binding.typeNames()
  return tables[table]
}
