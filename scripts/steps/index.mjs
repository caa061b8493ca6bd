import { ensurePackages } from '../lib/apt.mjs'
import { clangPackages } from '../lib/clang.mjs'
import { debianRootPackages } from '../lib/debian-root.mjs'
import { exclusively } from '../lib/lock.mjs'
import { all } from '../lib/run.mjs'
import { addon, sanitizedAddon } from './addon.mjs'
import { bpf, foreignBpf } from './bpf.mjs'
import { dist } from './dist.mjs'
import { libbpf } from './libbpf.mjs'
import { npm } from './npm.mjs'
import { prebuilds } from './prebuilds.mjs'
import { tests } from './tests.mjs'

const compilers = ['bzip2', 'g++', 'make', 'python3']
/** ip and tc, nsenter and unshare: the demo makes its network with them. */
const tools = ['iproute2', 'util-linux']

/** The whole package, as it is shipped. */
export const wholePackage = { dist: true, bpf: true, addon: true }

/**
 * Makes what is needed: npm's packages always; `dist`; `tests`, their bundles; `bpf`, the compiled programs; `addon`, and
 * `sanitized`, the one with sanitizers; `foreign`, what tests need besides on the architectures named; and `packages`, by their names
 * in Debian. What waits for the network runs beside what computes.
 */
export const prepare = (needs) => exclusively(() => make(needs))

async function make(needs) {
  const system = [
    ...(needs.packages ?? []),
    ...(needs.bpf ? await clangPackages() : []),
    ...(needs.addon ? [...compilers, ...tools] : []),
    ...(needs.foreign ? debianRootPackages : []),
  ]
  const modules = npm()
  const compile = async () => {
    await libbpf()
    await all([
      needs.bpf && bpf(),
      needs.addon && modules.then(addon).then(needs.sanitized && sanitizedAddon),
      needs.foreign && modules.then(() => prebuilds(needs.foreign)),
      ...(needs.foreign ?? []).map(foreignBpf),
    ])
  }
  await all([
    modules.then(() => all([needs.dist && dist(), needs.tests && tests()])),
    ensurePackages(system).then(() => (needs.bpf || needs.addon) && compile()),
  ])
}
