import { rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { ensurePackages } from '../lib/apt.mjs'
import { debianHeaders, nodePrefix } from '../lib/node-headers.mjs'
import { say } from '../lib/print.mjs'
import { inRoot } from '../lib/root.mjs'
import { node } from '../lib/run.mjs'
import { step } from '../lib/step.mjs'

const gyp = (...args) => node('node_modules/node-gyp/bin/node-gyp.js', args)

/** Builds build/Release/ebpf.node. make compiles again only what changed; a new gyp file or another Node starts over. */
export async function addon() {
  const prefix = await nodePrefix()
  const common = { node: process.version, arch: process.arch, prefix }
  await step({
    name: 'addon: configure',
    inputs: ['binding.gyp', 'libbpf/libbpf.gyp', 'package-lock.json'],
    options: common,
    outputs: ['build/Makefile'],
    run: () => configure(prefix),
  })
  await step({
    name: 'addon',
    inputs: ['binding.gyp', 'src-native', 'libbpf', 'package-lock.json'],
    options: common,
    outputs: ['build/Release/ebpf.node'],
    run: () => gyp('build', '--jobs', String(availableParallelism())),
  })
}

async function configure(prefix) {
  rmSync(inRoot('build'), { recursive: true, force: true })
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
