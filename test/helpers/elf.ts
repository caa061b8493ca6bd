import { readFileSync } from 'node:fs'

/** The content of a section of a 64-bit ELF file of this machine's byte order. */
export function elfSection(path: string, name: string): Uint8Array {
  const bytes = readFileSync(path)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const little = view.getUint8(5) === 1
  const headers = Number(view.getBigUint64(40, little))
  const headerSize = view.getUint16(58, little)
  const count = view.getUint16(60, little)
  const sections = Array.from({ length: count }, (_, i) => {
    const at = headers + i * headerSize
    return {
      name: view.getUint32(at, little),
      offset: Number(view.getBigUint64(at + 24, little)),
      size: Number(view.getBigUint64(at + 32, little)),
    }
  })
  const names = sections[view.getUint16(62, little)]
  if (!names) throw new Error(`${path} has no section names`)
  const found = sections.find((section) => {
    const start = names.offset + section.name
    return bytes.toString('latin1', start, bytes.indexOf(0, start)) === name
  })
  if (!found) throw new Error(`${path} has no section ${name}`)
  return new Uint8Array(bytes.subarray(found.offset, found.offset + found.size))
}
