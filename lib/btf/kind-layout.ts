import { BtfError } from './error.js'
import type { Section } from './header.js'
import { kindNames } from './types.js'

/** The bytes that follow struct btf_type: `fixed` once, and `each` as many times as its vlen. */
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
 * The lengths of all kinds that can be skipped: the known ones, and newer ones that the data's layout section (struct btf_layout, one per
 * kind, by number) or the base of split BTF describes.
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
