import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inRoot, root } from '../lib/root.mjs'
import { temporaryFolder } from '../lib/temporary.mjs'

/** What the copy has of its own, or not at all. */
const left = new Set(['.cache', '.git', 'node_modules', 'prebuilds'])

/**
 * A copy of the project with what was built, for mistakes to be made in. Its scripts work in it: their `root` is the copy. npm's
 * packages are those of the project, by links, all but the caches that they keep.
 */
export function projectCopy() {
  const copy = temporaryFolder(join(tmpdir(), 'ebpf-mutants-'))
  // Tests become other users, which read it too.
  chmodSync(copy.path, 0o755)
  const entries = readdirSync(root).filter((name) => !left.has(name))
  // With the times, by which make knows what is up to date.
  execFileSync('cp', ['--archive', ...entries.map(inRoot), copy.path])
  for (const folder of ['.cache', 'node_modules']) mkdirSync(join(copy.path, folder))
  for (const name of readdirSync(inRoot('node_modules')).filter((name) => name !== '.cache')) {
    symlinkSync(inRoot(join('node_modules', name)), join(copy.path, 'node_modules', name))
  }
  // Of tests that are ended, which take away nothing.
  const temporary = join(copy.path, '.cache/tmp')
  mkdirSync(temporary)
  chmodSync(temporary, 0o1777)
  return copy
}
