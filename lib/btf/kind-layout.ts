import { BtfError } from './error.js'
import type { Section } from './header.js'
import { kindNames } from './types.js'

/** Bytes that follow struct btf_type: `fixed` once and `each` for every one of its vlen. */
export interface KindLayout {
  readonly fixed: number
  readonly each: number
}

const member: KindLayout = { fixed: 0, each: 12 }
const pair: KindLayout = { fixed: 0, each: 8 }
const word: KindLayout = { fixed: 4, each: 0 }
const nothing: KindLayout = { fixed: 0, each: 0 }

const layouts: Partial<Record<string, KindLayout>> = {
  INT: word,
  ARRAY: { fixed: 12, each: 0 },
  STRUCT: member,
  UNION: member,
  ENUM: pair,
  FUNC_PROTO: pair,
  VAR: word,
  DATASEC: member,
  DECL_TAG: word,
  ENUM64: member,
}

const known: readonly KindLayout[] = kindNames.map((name) => layouts[name] ?? nothing)

/**
 * The lengths of all kinds that can be stepped over: the known ones, and newer ones that the data's own layout section
 * describes (struct btf_layout, one for each kind by number) or that the base of split BTF knew.
 */
export function kindLayouts(
  view: DataView,
  section: Section | undefined,
  base: readonly KindLayout[] = known,
): readonly KindLayout[] {
  if (!section) return base
  if (section.length % 4 !== 0) {
    throw new BtfError(`a layout section of ${section.length} bytes, not a multiple of 4`, { offset: section.offset })
  }
  const layouts = [...base]
  for (let kind = known.length; kind < Math.min(section.length / 4, 128); kind++) {
    const at = section.offset + kind * 4
    layouts[kind] = { fixed: view.getUint8(at), each: view.getUint8(at + 1) }
  }
  return layouts
}
