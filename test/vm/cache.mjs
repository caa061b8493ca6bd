import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Apt, debianMirror } from './apt.mjs'
import { kernelPackage } from './kernels.mjs'
import { temporaryFolder } from './temporary.mjs'
import { unpack } from './unpack.mjs'

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'ebpf', 'kernels')

/** Goes up when the same packages are unpacked to something else. */
const format = 1

/**
 * Resolves to the two files of a kernel, and how it calls itself: `{ release, vmlinuz, modules }`. It is downloaded once;
 * EBPF_VM_REFRESH=1 asks Debian whether there is a newer one.
 */
export async function filesOf(kernel, log) {
  const cached = process.env.EBPF_VM_REFRESH === '1' ? undefined : await newest(kernel.label)
  const { release, path } = cached ?? (await fetch(kernel, log))
  return { release, vmlinuz: join(path, 'vmlinuz'), modules: join(path, 'modules.cpio') }
}

async function newest(label) {
  const names = existsSync(cache) ? await readdir(cache) : []
  const found = (await Promise.all(names.map(read))).filter((cached) => cached?.label === label)
  return found.sort((a, b) => b.fetched - a.fetched)[0]
}

/** A complete kernel of the cache, by the name of its folder. */
async function read(name) {
  const stamp = join(cache, name, 'kernel.json')
  if (name.startsWith('.') || !existsSync(stamp)) return
  const cached = JSON.parse(await readFile(stamp, 'utf8'))
  return cached.format === format ? { ...cached, path: join(cache, name) } : undefined
}

async function fetch(kernel, log) {
  const failures = []
  const mirror = await debianMirror()
  for (const source of kernel.sources) {
    try {
      return await fetchFrom(source, mirror, kernel, log)
    } catch (error) {
      failures.push(`${source.suite} of ${mirror.main}: ${error.message}`)
    }
  }
  throw new Error(`Linux ${kernel.label} could not be obtained:\n${failures.join('\n')}`)
}

async function fetchFrom({ suite, name }, mirror, kernel, log) {
  await mkdir(cache, { recursive: true })
  // In the cache itself: only within one file system does a folder get its name in one step.
  const work = temporaryFolder(join(cache, '.partial-'))
  try {
    const apt = new Apt(work.path)
    await apt.update(suite, mirror)
    const packages = await apt.resolve(name, kernelPackage)
    // A metapackage's name has at most two numbers, an image's three.
    const image = [...packages.keys()].find((name) => /^linux-image-\d+\.\d+\.\d/.test(name))
    if (!image) throw new Error(`${name} ${packages.get(name)} depends on no image of a kernel`)
    const key = `${image}_${packages.get(image)}`
    const known = await read(key)
    if (known) return known

    log(`downloading ${image} ${packages.get(image)}`)
    const complete = join(work.path, 'complete')
    await mkdir(complete)
    const release = await unpack(await apt.download(packages), work.path, complete)
    if (!kernel.release.test(release)) throw new Error(`${image} is Linux ${release}, not ${kernel.label}`)
    const stamp = { format, label: kernel.label, release, fetched: Date.now() }
    await writeFile(join(complete, 'kernel.json'), JSON.stringify(stamp))
    return await publish(complete, key)
  } finally {
    work.remove()
  }
}

async function publish(complete, key) {
  const path = join(cache, key)
  // What an older format of the cache left here.
  if (existsSync(path) && !(await read(key))) await rm(path, { recursive: true })
  await rename(complete, path).catch((error) => {
    // Another run was faster; what it made is the same.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  })
  return await read(key)
}
