import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inRoot, root } from '../lib/root.mjs'
import { temporaryFolder } from '../lib/temporary.mjs'

/** The copy has its own of these, or none. */
const left = new Set(['.cache', '.git', 'node_modules', 'prebuilds'])

/**
 * A copy of the project and its build outputs, to make mistakes in. Its scripts work in the copy: their `root` is the copy. The npm
 * packages are links to those of the project, except for their caches.
 */
export function projectCopy() {
  const copy = temporaryFolder(join(tmpdir(), 'ebpf-mutants-'))
  // Tests switch to other users, who must be able to read it.
  chmodSync(copy.path, 0o755)
  const entries = readdirSync(root).filter((name) => !left.has(name))
  // Keeps the times, by which make knows what is up to date.
  execFileSync('cp', ['--archive', ...entries.map(inRoot), copy.path])
  for (const folder of ['.cache', 'node_modules']) mkdirSync(join(copy.path, folder))
  for (const name of readdirSync(inRoot('node_modules')).filter((name) => name !== '.cache')) {
    symlinkSync(inRoot(join('node_modules', name)), join(copy.path, 'node_modules', name))
  }
  // For temporary files of tests that are killed and do not clean up.
  const temporary = join(copy.path, '.cache/tmp')
  mkdirSync(temporary)
  chmodSync(temporary, 0o1777)
  return copy
}
