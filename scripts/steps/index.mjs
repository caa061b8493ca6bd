import { ensurePackages } from '../lib/apt.mjs'
import { clangPackages } from '../lib/clang.mjs'
import { debianRootPackages } from '../lib/debian-root.mjs'
import { exclusively } from '../lib/lock.mjs'
import { all } from '../lib/run.mjs'
import { addon, sanitizedAddon } from './addon.mjs'
import { bpf, foreignBpf } from './bpf.mjs'
import { dist } from './dist.mjs'
import { addonApi, nodeHeaders } from './headers.mjs'
import { libbpf } from './libbpf.mjs'
import { npm } from './npm.mjs'
import { prebuilds } from './prebuilds.mjs'
import { billOfMaterials } from './sbom.mjs'
import { tarball } from './tarball.mjs'
import { tests } from './tests.mjs'

const compilers = ['bzip2', 'g++', 'make', 'python3']
/** ip and tc, nsenter and unshare: the demo makes its network with them. */
const tools = ['iproute2', 'util-linux']

/** The whole package, as it is shipped. */
export const wholePackage = { dist: true, bpf: true, addon: true }

/** What npm publishes, and what is in it. */
const publishedPackage = { dist: true, bpf: true, prebuilds: true }

/**
 * Makes what is needed: npm's packages always; `dist`; `tests`, their bundles; `bpf`, the compiled programs; `addon`, and
 * `sanitized`, the one with sanitizers; `prebuilds`, the addons of every architecture; `tarball`, what npm publishes; `foreignBpf`,
 * the tests' programs for the architectures named; and `packages`, by their names in Debian. What waits for the network runs beside what computes.
 */
export const prepare = (needs) => exclusively(() => make(whole(needs)))

const whole = (needs) => (needs.tarball ? { ...needs, ...publishedPackage } : needs)

/** The Debian packages that `prepare` installs where they are missing. */
export async function debianPackages(needs) {
  const { packages = [], bpf, addon, prebuilds } = whole(needs)
  return [
    ...packages,
    ...(bpf ? await clangPackages() : []),
    ...(addon ? [...compilers, ...tools] : []),
    ...(prebuilds ? ['binutils', 'bzip2', ...debianRootPackages] : []),
  ]
}

async function make(needs) {
  const packages = await debianPackages(needs)
  const modules = npm()
  const script = async () => {
    await modules
    await all([needs.dist && dist(), needs.tests && tests()])
  }
  const native = async () => {
    await ensurePackages(packages)
    if (!needs.bpf && !needs.addon && !needs.prebuilds) return
    await libbpf()
    await all([needs.bpf && bpf(), ...(needs.foreignBpf ?? []).map(foreignBpf), modules.then(() => addons(needs))])
  }
  await all([script(), native()])
  if (needs.tarball) await pack()
}

/** One after the other: each keeps every processor busy. */
async function addons(needs) {
  if (!needs.addon && !needs.prebuilds) return
  // First, since they are a part of what the addons are made from.
  await addonApi()
  if (needs.prebuilds) await nodeHeaders()
  if (needs.addon) await addon()
  if (needs.sanitized) await sanitizedAddon()
  if (needs.prebuilds) await prebuilds()
}

async function pack() {
  await billOfMaterials()
  await tarball()
}
