import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { cached, workFolder } from './cache.mjs'
import { debianMirror } from './debian-mirror.mjs'
import { isRoot } from './platform.mjs'
import { Failure, run } from './run.mjs'

/** The Debian packages that are needed to make a root. */
export const debianRootPackages = ['debootstrap', 'debian-archive-keyring', 'util-linux']

/** The folder of a minimal Debian of the suite, with some packages; made once, then never changed. */
export function debianRoot({ suite, packages }) {
  const key = createHash('sha256').update(packages.join()).digest('hex').slice(0, 8)
  return cached(`roots/${suite}-${key}`, async (work) => {
    if (!isRoot()) throw new Failure(`A root of Debian's ${suite} is made by debootstrap, which needs root.`)
    const { main } = await debianMirror()
    const included = packages.length > 0 ? [`--include=${packages.join(',')}`] : []
    const root = join(work, 'root')
    await run('debootstrap', ['--variant=minbase', ...included, suite, root, main])
    return root
  })
}

/** A copy of such a root that may be changed, with a function to remove it. */
export async function copyOfRoot(folder) {
  const copy = workFolder('roots/copy')
  await run('cp', ['--archive', '--reflink=auto', `${folder}/.`, copy.path])
  return copy
}

/**
 * The command line that runs a command in such a root, with mounts that nothing else sees: `mounts` maps folders in the root to folders
 * of this machine; `env` is the command's whole environment besides PATH.
 */
export function inDebianRoot(root, { mounts = {}, env = {}, cwd = '/' }, command) {
  const script = `
    root=$1 cwd=$2 mounts=$3; shift 3
    # A root that is no mount point cannot have its mounts made private, which unshare in there asks for.
    mount --bind "$root" "$root"
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
