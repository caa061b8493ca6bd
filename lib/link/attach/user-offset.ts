import { createError } from '../../internal/create-error.js'
import { printable } from '../../printable.js'
import type { Segment } from '../../symbols/elf-file.js'
import { withElf } from '../../symbols/elf-symbols.js'

const load = 1
// The loader maps whole pages; on other architectures they may be larger.
const pageSize = process.arch === 'x64' ? 4096 : 65_536

/**
 * Throws ESRCH for an offset at which no code is ever run: the kernel would accept it, but the probe would never be hit. Only programs
 * and libraries say which of their parts are code; other files are not checked.
 */
export function requireCode(program: string, path: string, offsets: readonly unknown[]): void {
  const segments = segmentsOf(path)
  if (!segments.some(({ executable }) => executable)) return
  for (const offset of offsets) {
    // Values that are not offsets are rejected elsewhere.
    if (typeof offset !== 'number' || !Number.isInteger(offset) || offset < 0) continue
    if (segments.some((segment) => segment.executable && maps(segment, offset))) continue
    const hex = `0x${offset.toString(16)}`
    const meant = offsetOf(segments, offset)
    const advice =
      meant === undefined ? '' : `. If you meant the address ${hex}, its file offset is 0x${meant.toString(16)}`
    const operation = `attach ${program} to uprobe ${path}:${offset}`
    throw createError({
      code: 'ESRCH',
      errno: 3,
      operation,
      message: `${operation}: ESRCH: the file offset ${hex} is not in an executable segment of ${printable(path)}${advice}`,
    })
  }
}

/** The loadable segments; empty if the file cannot be read. The next function that opens it reports why. */
function segmentsOf(path: string): readonly Segment[] {
  try {
    return withElf(path, (file) => (file?.isLinked ? file.segments() : [])).filter(({ type }) => type === load)
  } catch {
    return []
  }
}

function maps({ offset, fileSize }: Segment, at: number): boolean {
  return at >= Math.floor(offset / pageSize) * pageSize && at < Math.ceil((offset + fileSize) / pageSize) * pageSize
}

/** The file offset of an address as nm and readelf show it. */
function offsetOf(segments: readonly Segment[], address: number): number | undefined {
  const segment = segments.find(
    (each) => each.executable && address >= each.address && address < each.address + each.fileSize,
  )
  return segment && address - segment.address + segment.offset
}
