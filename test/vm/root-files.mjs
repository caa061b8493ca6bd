import { createHash } from 'node:crypto'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Apt, debianMirror } from '../../scripts/lib/debian-mirror.mjs'
import { exec } from '../../scripts/lib/exec.mjs'
import { Cache } from '../../scripts/lib/user-cache.mjs'

const suite = 'bookworm'

/** What the tests call, what Node.js is linked with, and what the guest boots with. Their dependencies are added. */
const packages = [
  ...['bsdutils', 'busybox-static', 'coreutils', 'dash', 'grep', 'iproute2', 'mount', 'perl-base', 'procps', 'sed'],
  ...['util-linux', 'libatomic1', 'libstdc++6', 'usr-is-merged'],
]

const cache = new Cache('userlands', { stamp: 'root.json', format: 1 })

/** Resolves to the folder of a Debian root for that architecture, made once, of packages that are unpacked but not configured. */
export async function rootOf(architecture, log) {
  const label = `${suite}-${architecture}`
  const known = await cache.newest(label)
  if (known) return join(known.path, 'root')
  try {
    const { path } = await cache.working((work) => fetch({ architecture, label, work, log }))
    return join(path, 'root')
  } catch (error) {
    throw new Error(`the root of ${architecture} could not be obtained: ${error.message}`, { cause: error })
  }
}

async function fetch({ architecture, label, work, log }) {
  const apt = new Apt(work, architecture)
  await apt.update(suite, await debianMirror())
  log(`downloading a root of Debian ${suite} for ${architecture}`)
  const debs = await apt.downloadAll(packages)
  // The file names include the versions.
  const names = debs.map((deb) => basename(deb)).sort()
  const key = `${label}_${createHash('sha256').update(names.join()).digest('hex').slice(0, 16)}`
  const known = await cache.read(key)
  if (known) return known

  const complete = join(work, 'complete')
  await assemble(join(complete, 'root'), debs)
  return await cache.publish(complete, key, { label, packages: names })
}

async function assemble(root, debs) {
  for (const name of ['bin', 'lib', 'sbin']) {
    await mkdir(join(root, 'usr', name), { recursive: true })
    await symlink(join('usr', name), join(root, name))
  }
  for (const deb of debs) {
    // Packages from before merged /usr have these names as folders. If dpkg-deb fails midway, tar refuses the truncated archive.
    const unpacking = 'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --keep-directory-symlink'
    await exec('sh', ['-euc', unpacking, 'sh', deb, root])
  }
  for (const name of ['dev', 'proc', 'root', 'run', 'sys', 'tmp']) await mkdir(join(root, name), { recursive: true })
  await writeFile(
    join(root, 'etc/passwd'),
    accounts.map(([name, id, home]) => `${name}:x:${id}:${id}::${home}:/bin/sh\n`).join(''),
  )
  await writeFile(join(root, 'etc/group'), accounts.map(([name, id]) => `${name}:x:${id}:\n`).join(''))
}

/** The same as in base-passwd, whose maintainer script would install them. */
const accounts = [
  ['root', 0, '/root'],
  ['nobody', 65534, '/nonexistent'],
]
