import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { inRoot } from './root.mjs'
import { run } from './run.mjs'
import { temporaryFolder } from './temporary.mjs'

/** The files in which two tarballs differ, or the tarballs themselves if only the order, times or modes of the files differ. */
export async function differences(first, second) {
  if (readFileSync(first).equals(readFileSync(second))) return []
  const work = temporaryFolder(inRoot('.cache/differences-'))
  try {
    const [one, other] = await Promise.all(
      [first, second].map((tarball, index) => unpack(tarball, join(work.path, `${index}`))),
    )
    const names = new Set([...one.keys(), ...other.keys()])
    const different = [...names].filter((name) => !one.get(name)?.equals(other.get(name) ?? Buffer.alloc(0)))
    return different.length > 0 ? different.sort() : [first, second]
  } finally {
    work.remove()
  }
}

async function unpack(tarball, folder) {
  mkdirSync(folder)
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', folder])
  const files = readdirSync(folder, { recursive: true }).filter((path) => statSync(join(folder, path)).isFile())
  return new Map(files.map((path) => [path, readFileSync(join(folder, path))]))
}
