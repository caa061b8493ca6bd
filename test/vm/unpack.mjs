import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { exec } from '../../scripts/lib/exec.mjs'
import { cpio, file, folder } from './cpio.mjs'
import { unwantedModules, wantedModules } from './kernels.mjs'

/** Turns a kernel's packages into `target`/vmlinuz and `target`/modules.cpio, and resolves to its release. */
export async function unpack(debs, work, target) {
  const tree = join(work, 'tree')
  for (const deb of debs) await exec('dpkg-deb', ['-x', deb, tree])
  const { release, vmlinuz, modules } = await locate(tree)

  const root = join(work, 'root')
  const kept = join(root, 'lib/modules', release)
  for (const name of unwantedModules) await rm(join(modules, 'kernel', name), { recursive: true, force: true })
  for (const name of wantedModules) await move(join(modules, 'kernel', name), join(kept, 'kernel', name))
  // It lists the built-in modules, for modprobe.
  await move(join(modules, 'modules.builtin'), join(kept, 'modules.builtin'))

  await decompress((await list(kept)).map(({ path }) => path))
  await exec('busybox', ['depmod', '-b', root, release])
  await rename(vmlinuz, join(target, 'vmlinuz'))
  await writeFile(join(target, 'modules.cpio'), await archive(root))
  return release
}

/** Up to 6.12 the image is in /boot and the modules in /lib; since 7.0 both are in /usr/lib/modules. */
async function locate(tree) {
  const entries = await list(tree)
  const vmlinuz = entries.find(({ path }) => /^vmlinuz(-|$)/.test(basename(path)))
  const kernel = entries.find(({ path }) => /\/lib\/modules\/[^/]+\/kernel$/.test(path))
  if (!vmlinuz || !kernel) throw new Error(`the packages hold no ${vmlinuz ? 'modules' : 'vmlinuz'}`)
  const modules = dirname(kernel.path)
  return { release: basename(modules), vmlinuz: vmlinuz.path, modules }
}

async function move(from, to) {
  await mkdir(dirname(to), { recursive: true })
  // Not every kernel has every folder: fs/netfs was added in 5.13, fs/fscache was removed in 6.8.
  await rename(from, to).catch((error) => {
    if (error.code !== 'ENOENT') throw error
  })
}

/** Uncompressed modules load faster under emulation, and not every modprobe reads compressed ones. */
async function decompress(paths) {
  const compressed = paths.filter((path) => path.endsWith('.ko.xz'))
  if (compressed.length > 0) await exec('busybox', ['unxz', ...compressed])
  const unknown = paths.find((path) => /\.ko\.(?!xz$)/.test(path))
  if (unknown) throw new Error(`${unknown} is compressed, but not with xz, which is all that is known here`)
}

async function archive(root) {
  const entries = (await list(root)).map(async ({ path, isFolder }) => {
    const name = relative(root, path)
    return isFolder ? folder(name) : file(name, await readFile(path))
  })
  return cpio(await Promise.all(entries))
}

/** Everything under a folder, each folder before its contents. */
async function list(path) {
  const entries = await readdir(path, { withFileTypes: true })
  const nested = entries.map(async (entry) => {
    const item = { path: join(path, entry.name), isFolder: entry.isDirectory() }
    return item.isFolder ? [item, ...(await list(item.path))] : [item]
  })
  return (await Promise.all(nested)).flat()
}
