import type { Random } from '../helpers/random.js'

/** A range of a file that is worth a mutation of its own: a header, a table, a section. */
export interface Region {
  readonly start: number
  readonly end: number
}

// Sizes, counts and offsets that overflow one addition or one multiplication later.
const extremes = [
  0, 1, 2, 7, 8, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fff8, 0xffff_ffff,
] as const

/** A copy with a few bytes, words or lengths changed, most of them inside the regions. */
export function mutate(original: Uint8Array, regions: readonly Region[], random: Random): Uint8Array {
  const length = random.below(25) === 0 ? random.below(original.length + 1) : original.length
  const bytes = original.slice(0, length)
  const view = new DataView(bytes.buffer)
  for (let i = random.below(6); i >= 0 && length >= 8; i--) {
    const region = regions[random.below(regions.length + 1)] ?? { start: 0, end: length }
    const at = Math.min(region.start + random.below(Math.max(1, region.end - region.start)), length - 8)
    change(view, at, random)
  }
  return bytes
}

function change(view: DataView, at: number, random: Random): void {
  const value = extremes[random.below(extremes.length)] ?? 0
  const word = at & ~3
  const changes: readonly [() => void, ...(() => void)[]] = [
    () => view.setUint8(at, random.below(256)),
    () => view.setUint8(at, view.getUint8(at) ^ (1 << random.below(8))),
    () => view.setUint8(at, view.getUint8(at) + random.pick([-1, 1])),
    () => view.setUint16(at & ~1, value & 0xffff, true),
    () => view.setUint32(word, value, true),
    () => view.setUint32(word, view.getUint32(word, true) + random.pick([-8, -1, 1, 8]), true),
    () => view.setBigUint64(at & ~7, random.pick([BigInt(value), 2n ** 64n - 8n, 2n ** 63n, 2n ** 64n - 1n]), true),
  ]
  random.pick(changes)()
}

/** The headers of an ELF file of this machine's byte order, and its sections; each entry of the section table by itself. */
export function elfRegions(file: Uint8Array): Region[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const table = Number(view.getBigUint64(40, true))
  const count = view.getUint16(60, true)
  const regions: Region[] = [{ start: 0, end: 64 }]
  for (let section = 0; section < count; section++) {
    const header = table + section * 64
    const start = Number(view.getBigUint64(header + 24, true))
    regions.push({ start: header, end: header + 64 })
    const size = view.getUint32(header + 4, true) === 8 ? 0 : Number(view.getBigUint64(header + 32, true))
    if (size > 0) regions.push({ start, end: start + size })
  }
  return regions
}
