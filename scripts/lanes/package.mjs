import { release } from 'node:os'
import { runAva } from '../lib/ava.mjs'
import { nodeCommand, runChecks } from '../lib/checks.mjs'
import { clangCommands } from '../lib/clang.mjs'
import { nodeBinary, nodeReleases } from '../lib/node-binaries.mjs'
import { packageManagers } from '../lib/package-managers.mjs'
import { inRoot } from '../lib/root.mjs'
import { tarballFile } from '../steps/tarball.mjs'
import { kernel, mountedWrapper } from './kernel.mjs'

/** Installs, imports, compiles against, bundles and runs the packed tarball as users do, in folders outside of this one. */
export const packageLane = {
  check: kernel.check,
  needs: { ...kernel.needs, tarball: true },
  run: async () => [await linters(), { kernel: release(), ...(await users()) }],
}

const linters = () =>
  runChecks({
    'the manifest is consistent (publint)': nodeCommand('publint/src/cli.js', 'run', tarballFile, '--strict'),
    'types resolve from ESM, CommonJS and bundlers (attw)': nodeCommand(
      '@arethetypeswrong/cli/dist/index.js',
      tarballFile,
      '--profile',
      'node16',
    ),
  })

async function users() {
  const nodes = {}
  for (const version of nodeReleases) nodes[version] = await nodeBinary(version)
  const tools = {
    tarball: inRoot(tarballFile),
    nodes,
    managers: await packageManagers(),
    clang: (await clangCommands()).clang,
  }
  return runAva('package', { wrapper: mountedWrapper, env: { EBPF_PACKAGE_TOOLS: JSON.stringify(tools) } })
}
