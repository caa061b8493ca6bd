import { cpSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { checkAddon } from '../lib/check-addon.mjs'
import { debianRoot, inDebianRoot } from '../lib/debian-root.mjs'
import { nodeFolder } from '../lib/node-binaries.mjs'
import { inRoot } from '../lib/root.mjs'
import { run } from '../lib/run.mjs'
import { step } from '../lib/step.mjs'

/**
 * The oldest Debian that is still on the mirrors, for its C library, 2.31: code linked against it needs no symbol
 * newer than `checkAddon` allows. Its compilers are GCC 10, for this architecture and for the other one.
 */
const toolchain = {
  suite: 'bullseye',
  packages: ['g++', 'g++-aarch64-linux-gnu', 'make', 'python3'],
}

/** The prefix of Debian's compilers and binutils for an architecture. */
const targets = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }
export const architectures = Object.keys(targets)
const node = 20

const stage = '.cache/prebuilds'
const sources = ['binding.gyp', 'libbpf', 'package.json', 'src-native']
export const prebuiltAddon = (arch) => `prebuilds/linux-${arch}/ebpf.glibc.node`
/** The symbols that were stripped from the addon, for a debugger. */
export const debugSymbols = (arch) => join(stage, `linux-${arch}-ebpf.glibc.node.debug`)

/** Makes prebuilds/ with prebuildify: the addon for each architecture, stripped. */
export async function prebuilds() {
  for (const arch of architectures) {
    await step({
      name: `prebuild linux-${arch}`,
      inputs: [
        'binding.gyp',
        'libbpf',
        'src-native',
        'package-lock.json',
        'scripts/steps/prebuilds.mjs',
        'scripts/lib/check-addon.mjs',
      ],
      options: { toolchain, node },
      outputs: [prebuiltAddon(arch), debugSymbols(arch)],
      run: () => prebuild(arch),
    })
  }
}

/** The version of the GCC whose libstdc++ and libgcc are linked into the addons. */
export async function compilerVersion() {
  const gcc = [`${targets.x64}-gcc`, '-dumpfullversion']
  return (await inToolchain({}, gcc)).trim()
}

async function prebuild(arch) {
  const tree = inRoot(join(stage, arch))
  rmSync(tree, { recursive: true, force: true })
  mkdirSync(join(tree, 'node_modules'), { recursive: true })
  for (const name of sources) cpSync(inRoot(name), join(tree, name), { recursive: true })

  const prefix = targets[arch]
  // In the root, every path is the same on every machine, and so are the paths that get into the binary.
  await inToolchain(
    {
      mounts: {
        '/ebpf': tree,
        '/ebpf/node_modules': inRoot('node_modules'),
        '/node': await nodeFolder(node),
        '/headers': await nodeFolder(node, arch),
      },
      env: {
        PATH: '/node/bin:/usr/bin:/bin',
        HOME: '/tmp',
        LC_ALL: 'C',
        CC: `${prefix}-gcc`,
        CXX: `${prefix}-g++`,
        AR: `${prefix}-ar`,
        CFLAGS: '-g',
        CXXFLAGS: '-g',
        npm_config_nodedir: '/headers',
        JOBS: availableParallelism(),
      },
      cwd: '/ebpf',
    },
    ['node', 'node_modules/prebuildify/bin.js', '--napi', '--tag-libc', '--target', `${node}.0.0`, '--arch', arch],
  )
  await strip(arch, prefix, tree)
  await checkAddon(prebuiltAddon(arch), arch)
}

async function strip(arch, prefix, tree) {
  const addon = prebuiltAddon(arch)
  const symbols = 'ebpf.glibc.node.debug'
  const tool = (name, ...args) =>
    inToolchain({ mounts: { '/ebpf': tree }, cwd: '/ebpf' }, [`${prefix}-${name}`, ...args])
  await tool('objcopy', '--only-keep-debug', addon, symbols)
  await tool('strip', '--strip-all', addon)
  await tool('objcopy', `--add-gnu-debuglink=${symbols}`, addon)

  mkdirSync(inRoot(`prebuilds/linux-${arch}`), { recursive: true })
  renameSync(join(tree, addon), inRoot(addon))
  renameSync(join(tree, symbols), inRoot(debugSymbols(arch)))
}

async function inToolchain(surroundings, command) {
  const [program, ...args] = inDebianRoot(await debianRoot(toolchain), surroundings, command)
  return run(program, args)
}
