import { mkdirSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { inRoot } from '../lib/root.mjs'
import { run } from '../lib/run.mjs'
import { step } from '../lib/step.mjs'

/** The package as npm publishes it. */
export const tarballFile = '.cache/package/ebpf.tgz'

export const tarball = () =>
  step({
    name: 'tarball',
    inputs: [
      'package.json',
      'README.md',
      'CHANGELOG.md',
      'LICENSE',
      'THIRD_PARTY_NOTICES.md',
      'sbom.cdx.json',
      'binding.gyp',
      'bpf',
      'dist',
      'libbpf',
      'prebuilds',
      'src-native',
    ],
    outputs: [tarballFile],
    run: async () => {
      const folder = inRoot(dirname(tarballFile))
      mkdirSync(folder, { recursive: true })
      const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
      const [{ filename }] = JSON.parse(await run('npm', args))
      renameSync(`${folder}/${filename}`, inRoot(tarballFile))
    },
  })
