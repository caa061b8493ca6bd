import { existsSync, mkdirSync, mkdtempSync, renameSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { debianMirror } from '../../test/vm/apt.mjs'
import { isRoot } from './platform.mjs'
import { Failure, run } from './run.mjs'

/** What makes a root, by Debian's names. */
export const debianRootPackages = ['debootstrap', 'debian-archive-keyring', 'util-linux']

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'ebpf', 'roots')

/** The folder of a minimal Debian of a suite with some packages; made once, then never changed. */
export async function debianRoot({ name, suite, packages }) {
  const folder = join(cache, `${name}-${suite}`)
  if (existsSync(folder)) return folder

  if (!isRoot()) throw new Failure(`A root of Debian's ${suite} is made by debootstrap, which needs root.`)
  mkdirSync(cache, { recursive: true })
  const work = mkdtempSync(join(cache, '.partial-'))
  try {
    const { main } = await debianMirror()
    const included = packages.length > 0 ? [`--include=${packages.join(',')}`] : []
    await run('debootstrap', ['--variant=minbase', ...included, suite, work, main])
    renameSync(work, folder)
  } catch (error) {
    await run('rm', ['-rf', '--one-file-system', work])
    // Another process was faster; what it made is the same.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  }
  return folder
}

/** A copy of such a root, to change at will. */
export async function copyOfRoot(folder) {
  const path = mkdtempSync(join(cache, '.copy-'))
  await run('cp', ['--archive', '--reflink=auto', `${folder}/.`, path])
  // What is still mounted there is not its own.
  return { path, remove: () => run('rm', ['-rf', '--one-file-system', path]) }
}

/**
 * The command line that runs a command in such a root, whose mounts nobody else sees: `mounts` maps folders in it to folders
 * of this machine, `env` is all of its environment beside PATH.
 */
export function inDebianRoot(root, { mounts = {}, env = {}, cwd = '/' }, command) {
  const script = `
    root=$1 cwd=$2 mounts=$3; shift 3
    while [ "$mounts" -gt 0 ]; do
      mkdir -p "$root$1"; mount --rbind "$2" "$root$1"; shift 2; mounts=$((mounts - 1))
    done
    exec chroot "$root" /usr/bin/env -i "--chdir=$cwd" "$@"`
  const variables = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...env }
  return [
    ...['unshare', '--mount', '--propagation', 'private', 'sh', '-euc', script, 'sh'],
    ...[root, cwd, String(Object.keys(mounts).length), ...Object.entries(mounts).flat()],
    ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    ...command,
  ]
}
