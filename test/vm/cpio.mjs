/** Writes the "newc" archive that the kernel unpacks as its first root (Documentation/driver-api/early-userspace/buffer-format.rst). */
export function cpio(entries) {
  const records = entries.map(({ path, mode, data = Buffer.alloc(0) }, i) => record(path, mode, data, i + 1))
  return Buffer.concat([...records, record('TRAILER!!!', 0, Buffer.alloc(0), 0)])
}

export const folder = (path) => ({ path, mode: 0o040755 })
export const file = (path, data, mode = 0o644) => ({ path, mode: 0o100000 | mode, data })

function record(path, mode, data, inode) {
  const name = Buffer.from(`${path}\0`)
  // inode, mode, uid, gid, links, mtime, size, device, device of a node, length of the name, checksum (unused)
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0]
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header), name])), padded(data)])
}

const padded = (bytes) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)])
