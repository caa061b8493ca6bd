import { BtfError } from '../error.js'
import { type Field, isFlexible, minimumOf, type RecordNode } from './plan.js'

const keywords: Readonly<Record<string, string>> = { STRUCT: 'struct', UNION: 'union', DATASEC: 'section' }

/** Makes a record from its members, after checking that they are within it and that no two have the same name. */
export function recordNode(
  name: string,
  type: { readonly kind: string; readonly id: number; readonly size: number },
  members: readonly Field[],
): RecordNode {
  const label = `${keywords[type.kind] ?? type.kind} ${name || '(anonymous)'}`
  for (const { name, offset, node } of members) {
    if (offset + node.size > type.size) {
      throw new BtfError(
        `member ${name || '(anonymous)'} ends at byte ${offset + node.size} of ${label}, which has ${type.size}`,
        {
          type: type.id,
        },
      )
    }
  }
  const fields = members.flatMap(flatten)
  const names = new Set<string>()
  for (const { name } of fields) {
    if (names.has(name)) throw new BtfError(`two members of ${label} are called ${name}`, { type: type.id })
    names.add(name)
  }
  const flexible = fields.some((field) => isFlexible(field.node))
  const minimum = flexible
    ? fields.reduce((end, { offset, node }) => Math.max(end, offset + minimumOf(node)), 0)
    : type.size
  return {
    kind: 'record',
    size: type.size,
    name,
    label,
    union: type.kind === 'UNION',
    members,
    fields,
    flexible,
    minimum,
  }
}

/** In C, the fields of an anonymous struct or union can be used as if they were its parent's. */
export function flatten(member: Field): readonly Field[] {
  if (member.name !== '' || member.node.kind !== 'record') return [member]
  return member.node.fields.map((field) => ({ ...field, offset: member.offset + field.offset }))
}
