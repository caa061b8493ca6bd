/** Finds a section in a 64-bit file of this machine's byte order: its header and its contents. */
export function findSection(file: Buffer, name: string): { header: number; start: number; size: number } {
  const u64 = (at: number) => Number(file.readBigUInt64LE(at))
  const table = u64(40)
  const names = u64(table + file.readUInt16LE(62) * 64 + 24)
  for (let index = 0; index < file.readUInt16LE(60); index++) {
    const header = table + index * 64
    const at = names + file.readUInt32LE(header)
    if (file.toString('latin1', at, at + name.length + 1) === `${name}\0`)
      return { header, start: u64(header + 24), size: u64(header + 32) }
  }
  throw new Error(`there is no section ${name}`)
}
