import { isDeepStrictEqual } from 'node:util'
import { show } from '../../arguments.js'
import { inField, wrongType } from './mismatch.js'
import type { Field, RecordNode } from './plan.js'
import { flatten } from './plan-record.js'
import { ClosureReaders } from './read.js'
import type { Writers } from './write.js'
import type { Writer } from './write-integer.js'

type Values = Readonly<Record<string, unknown>>
type MembersWriter = (values: Values, view: DataView, offset: number) => void

/** Writes an object that has all fields of the record and no others. */
export function recordWriter(node: RecordNode, writers: Writers): Writer {
  const names = new Set(node.fields.map((field) => field.name))
  const writeMembers = membersWriter(node, writers)
  return (value, view, offset) => {
    if (typeof value !== 'object' || value === null)
      throw wrongType(`expected an object for ${node.label}, not ${show(value)}`)
    for (const name in value) {
      if (!names.has(name) && Object.hasOwn(value, name))
        throw inField(wrongType(`is not a field of ${node.label}`), name)
    }
    writeMembers(value as Values, view, offset)
  }
}

function membersWriter(node: RecordNode, writers: Writers): MembersWriter {
  const members = node.members.map((member) => ({ ...member, write: memberWriter(member, writers) }))
  if (node.union) return unionWriter(node, members)
  return (values, view, offset) => {
    for (const member of members) member.write(values, view, offset)
  }
}

function memberWriter({ name, offset: at, node }: Field, writers: Writers): MembersWriter {
  if (name === '' && node.kind === 'record') {
    const write = membersWriter(node, writers)
    return (values, view, offset) => write(values, view, offset + at)
  }
  const write = writers.of(node)
  return (values, view, offset) => {
    try {
      const value = Object.hasOwn(values, name) ? values[name] : undefined
      if (value === undefined) throw wrongType('is missing')
      write(value, view, offset + at)
    } catch (error) {
      throw inField(error, name)
    }
  }
}

/**
 * Writes the given member. Several may be given if they agree on the bytes that they share, as those of a decoded record do: all are
 * written, and must then read back as they were given.
 */
function unionWriter(node: RecordNode, members: readonly (Field & { write: MembersWriter })[]): MembersWriter {
  const readers = new ClosureReaders()
  const options = members.map((member) => ({
    write: member.write,
    fields: flatten(member).map(({ name, offset, node }) => ({ name, offset, read: readers.of(node) })),
  }))
  const names = node.fields.map((field) => field.name).join(', ')
  return (values, view, offset) => {
    const given = options.filter(({ fields }) => fields.some(({ name }) => has(values, name)))
    if (given.length === 0 && names !== '') throw wrongType(`expected one of ${names} for ${node.label}`)
    for (const { write } of given) write(values, view, offset)
    if (given.length < 2) return
    for (const field of given.flatMap(({ fields }) => fields)) {
      const written = field.read(view, offset + field.offset, offset + node.size)
      if (!isDeepStrictEqual(written, values[field.name])) {
        throw inField(
          wrongType(`shares its bytes with other members of ${node.label} that differ: give one of them`),
          field.name,
        )
      }
    }
  }
}

const has = (values: Values, name: string): boolean => Object.hasOwn(values, name) && values[name] !== undefined
