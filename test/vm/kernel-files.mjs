import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Apt, debianMirror } from '../../scripts/lib/debian-mirror.mjs'
import { Cache } from '../../scripts/lib/user-cache.mjs'
import { kernelPackage } from './kernels.mjs'
import { unpack } from './unpack.mjs'

const cache = new Cache('kernels', { stamp: 'kernel.json', format: 1 })

/** Resolves to the two files of a kernel, downloaded once, and its release: `{ release, vmlinuz, modules }`. */
export async function filesOf(kernel, log) {
  const { release, path } = (await cache.newest(kernel.label)) ?? (await fetch(kernel, log))
  return { release, vmlinuz: join(path, 'vmlinuz'), modules: join(path, 'modules.cpio') }
}

async function fetch(kernel, log) {
  const failures = []
  const mirror = await debianMirror()
  for (const source of kernel.sources) {
    try {
      return await cache.working((work) => fetchFrom(source, { mirror, kernel, work, log }))
    } catch (error) {
      failures.push(`${source.suite} of ${mirror.main}: ${error.message}`)
    }
  }
  throw new Error(`Linux ${kernel.label} could not be obtained:\n${failures.join('\n')}`)
}

async function fetchFrom({ suite, name }, { mirror, kernel, work, log }) {
  const apt = new Apt(work, kernel.architecture)
  await apt.update(suite, mirror)
  const packages = await apt.resolve(name, kernelPackage)
  // A metapackage's name has at most two numbers, an image's three.
  const image = [...packages.keys()].find((name) => /^linux-image-\d+\.\d+\.\d/.test(name))
  if (!image) throw new Error(`${name} ${packages.get(name)} depends on no image of a kernel`)
  const key = `${image}_${packages.get(image)}`
  const known = await cache.read(key)
  if (known) return known

  log(`downloading ${image} ${packages.get(image)}`)
  const complete = join(work, 'complete')
  await mkdir(complete)
  const release = await unpack(await apt.download(packages), work, complete)
  if (!kernel.release.test(release)) throw new Error(`${image} is Linux ${release}, not ${kernel.label}`)
  return await cache.publish(complete, key, { label: kernel.label, release })
}
