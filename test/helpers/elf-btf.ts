import { findSection } from './elf-section.js'

/** BTF_KIND_* of include/uapi/linux/btf.h. */
export const kinds = {
  int: 1,
  array: 3,
  struct: 4,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  var: 14,
  datasec: 15,
}

/** The size of a type with `count` members, without the 12 bytes that all types have. */
const sizes: Readonly<Record<number, (count: number) => number>> = {
  1: () => 4,
  3: () => 12,
  4: (count) => count * 12,
  5: (count) => count * 12,
  6: (count) => count * 8,
  13: (count) => count * 8,
  14: () => 4,
  15: (count) => count * 12,
  17: () => 4,
  19: (count) => count * 12,
}

export interface TypeInFile {
  readonly id: number
  readonly kind: number
  readonly name: string
  readonly count: number
  /** Its offset in the file; its name, its kind, its size or the type that it refers to; then its members. */
  readonly at: number
}

/**
 * The types in an object's `.BTF`, in this machine's byte order, with their offsets, so that a test can change them.
 */
export function typesIn(file: Buffer): TypeInFile[] {
  const { start } = findSection(file, '.BTF')
  const header = file.readUInt32LE(start + 4)
  const [typesAt = 0, typesSize = 0, namesAt = 0] = [8, 12, 16].map((at) => file.readUInt32LE(start + at))
  const first = start + header + typesAt
  const found: TypeInFile[] = []
  for (let at = first; at < first + typesSize; ) {
    const info = file.readUInt32LE(at + 4)
    const [kind, count] = [(info >>> 24) & 31, info & 0xffff]
    const nameAt = start + header + namesAt + file.readUInt32LE(at)
    found.push({
      id: found.length + 1,
      kind,
      name: file.toString('latin1', nameAt, file.indexOf(0, nameAt)),
      count,
      at,
    })
    at += 12 + (sizes[kind]?.(count) ?? 0)
  }
  return found
}

/** Makes a type refer to another. */
export const refer = (file: Buffer, from: TypeInFile, to: TypeInFile): void => {
  file.writeUInt32LE(to.id, from.at + 8)
}
