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
/** For ip and tc, nsenter and unshare, with which the demo makes its network. */
const tools = ['iproute2', 'util-linux']

/** The whole package, as it is shipped. */
export const wholePackage = { dist: true, bpf: true, addon: true }

/** The contents of what npm publishes. */
const publishedPackage = { dist: true, bpf: true, prebuilds: true }

/**
 * Makes what is needed. npm's packages are always installed. The others: `dist`; `tests`, their bundles; `bpf`, the compiled programs;
 * `addon`; `sanitized`, the addon with sanitizers; `prebuilds`, the addons of every architecture; `tarball`, what npm publishes;
 * `foreignBpf`, the tests' programs for the named architectures; and `packages`, by their names in Debian. Downloads run in parallel with
 * computation.
 */
export const prepare = (needs) => exclusively(() => make(whole(needs)))

const whole = (needs) => (needs.tarball ? { ...needs, ...publishedPackage } : needs)

/** The Debian packages that `prepare` installs if they are missing. */
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

/** Builds the addons one after the other, since each build keeps every processor busy. */
async function addons(needs) {
  if (!needs.addon && !needs.prebuilds) return
  // First, since the addons are made from these headers.
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
