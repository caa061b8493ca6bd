import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'

/**
 * Fakes the files, links and kernel version that code under test reads: other files and links do not exist. Returns a
 * function that restores the real ones.
 */
export function fakeSystem({
  files = {},
  links = {},
  release,
}: {
  files?: Readonly<Record<string, string>>
  links?: Readonly<Record<string, string>>
  release?: string
}) {
  const real = {
    readFileSync: fs.readFileSync,
    readlinkSync: fs.readlinkSync,
    statSync: fs.statSync,
    existsSync: fs.existsSync,
    readdirSync: fs.readdirSync,
    release: os.release,
  }
  const absent = (path: unknown) => Object.assign(new Error(`no ${path}`), { code: 'ENOENT', errno: -2 })
  const isThere = (path: string) => Object.keys(files).some((file) => file === path || file.startsWith(`${path}/`))
  Object.assign(fs, {
    readFileSync(path: string) {
      const text = files[path]
      if (text === undefined) throw absent(path)
      return text
    },
    readlinkSync(path: string) {
      const target = links[path]
      if (target === undefined) throw absent(path)
      return target
    },
    existsSync: isThere,
    statSync(path: string) {
      if (!isThere(path)) throw absent(path)
      return { mode: 0o100600, uid: 0, gid: 0 }
    },
    readdirSync(path: string) {
      const inside = Object.keys(files).filter((file) => file.startsWith(`${path}/`))
      if (inside.length === 0) throw absent(path)
      return inside.map((file) => file.slice(path.length + 1))
    },
  })
  if (release !== undefined) os.release = () => release
  syncBuiltinESMExports()
  return () => {
    const { release: realRelease, ...calls } = real
    Object.assign(fs, calls)
    os.release = realRelease
    syncBuiltinESMExports()
  }
}
