import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { ensurePackages } from '../lib/apt.mjs'
import { debianHeaders, nodePrefix } from '../lib/node-headers.mjs'
import { say } from '../lib/print.mjs'
import { inRoot } from '../lib/root.mjs'
import { node } from '../lib/run.mjs'
import { step } from '../lib/step.mjs'

/** Builds build/Release/ebpf.node. make compiles only what changed; a new gyp file or another Node starts over. */
export const addon = () => build({ name: 'addon', root: '.', env: { CXXFLAGS: '-Werror' } })

const sanitizers = '-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g'
// With a malformed BTF.ext, libbpf reads unaligned words and copies zero bytes from null. Both x86-64 and arm64 allow that.
const toleratedInLibbpf = '-fno-sanitize=alignment,nonnull-attribute'

/** The folder in which the addon with AddressSanitizer and UndefinedBehaviorSanitizer is built; a root for node-gyp-build. */
export const sanitizedRoot = '.cache/sanitized'

/** Builds the same addon with sanitizers, in it and in the libraries that are linked with it. */
export async function sanitizedAddon() {
  mkdirSync(inRoot(sanitizedRoot), { recursive: true })
  for (const name of ['binding.gyp', 'libbpf', 'node_modules', 'package.json', 'src-native']) {
    const link = inRoot(join(sanitizedRoot, name))
    rmSync(link, { force: true })
    symlinkSync(inRoot(name), link)
  }
  const env = { CFLAGS: `${sanitizers} ${toleratedInLibbpf}`, CXXFLAGS: sanitizers, LDFLAGS: sanitizers }
  await build({ name: 'addon with sanitizers', root: sanitizedRoot, env })
}

/** Runs node-gyp in `root`, which has the gyp file, with the compiler's flags in `env`. */
async function build({ name, root, env = {} }) {
  const gyp = (...args) => node('node_modules/node-gyp/bin/node-gyp.js', ['--directory', root, ...args], { env })
  const prefix = await nodePrefix()
  const common = { node: process.version, arch: process.arch, prefix, env }
  await step({
    name: `${name}: configure`,
    inputs: ['binding.gyp', 'libbpf/libbpf.gyp', 'package-lock.json'],
    options: common,
    outputs: [join(root, 'build/Makefile')],
    run: () => {
      rmSync(inRoot(join(root, 'build')), { recursive: true, force: true })
      return configure(gyp, prefix)
    },
  })
  await step({
    name,
    inputs: ['binding.gyp', 'src-native', 'libbpf', 'package-lock.json'],
    options: common,
    outputs: [join(root, 'build/Release/ebpf.node')],
    run: () => gyp('build', '--jobs', String(availableParallelism())),
  })
}

async function configure(gyp, prefix) {
  if (prefix) return gyp('configure', '--nodedir', prefix)
  try {
    await gyp('configure')
  } catch (error) {
    say(`node-gyp could not download the headers of Node ${process.version}; using those of ${debianHeaders.package}`)
    await ensurePackages([debianHeaders.package])
    await gyp('configure', '--nodedir', debianHeaders.prefix).catch(() => {
      throw error
    })
  }
}
