import { renameSync } from 'node:fs'
import test from 'ava'
import { Project, toolScript } from '../helpers/project.js'

/* webpack, with the package's own code in the bundle. What it puts in the place of `import.meta.url`, `__filename` and `createRequire` is its own. */

const body = `
async function main() {
  const bpf = await open('syscalls.bpf.o').load()
  const monitor = await RetransmitMonitor.open()
  console.log(bpf.map('counts').name, monitor.mode)
  monitor.close()
  bpf.close()
}
main().catch((error) => console.log(error.message))
`
const works = /^counts\S* \w+\n$/

/** Runs webpack for each bundle, and prints what it complains of. */
const build = `
const webpack = require(process.argv[2])
const bundle = (entry, filename, more) => new Promise((resolve) => {
  const output = { path: __dirname + '/out', filename, ...more.output }
  webpack({ mode: 'production', target: 'node', context: __dirname, entry, ...more, output }, (error, stats) => {
    const said = error ?? stats.toString({ all: false, errors: true })
    if (said) console.log(filename, said)
    resolve()
  })
})
const asModule = { output: { module: true, chunkFormat: 'module' }, experiments: { outputModule: true } }
const run = async () => {
  await bundle('./program.mjs', 'from-module.cjs', {})
  await bundle('./program.cjs', 'from-commonjs.cjs', {})
  await bundle('./program.mjs', 'module.mjs', asModule)
  await bundle('./program.mjs', 'evaluated.cjs', { mode: 'development' })
  await bundle('./program.mjs', 'mocked.cjs', { node: { __filename: 'mock', __dirname: 'mock' } })
  await bundle('./program.mjs', 'relative.cjs', { node: { __filename: true, __dirname: true } })
}
run()
`
const bundles = ['from-module.cjs', 'from-commonjs.cjs', 'module.mjs', 'evaluated.cjs', 'mocked.cjs', 'relative.cjs']

test('webpack bundles a program with the package in it, and the bundle finds addon and programs where it is put', async (t) => {
  t.timeout(180_000)
  const project = new Project(t, {
    'program.mjs': `import { open } from 'ebpf'\nimport { RetransmitMonitor } from 'ebpf/retransmits'\n${body}`,
    'program.cjs': `const { open } = require('ebpf')\nconst { RetransmitMonitor } = require('ebpf/retransmits')\n${body}`,
    'build.cjs': build,
  })
  project.copy('docs/examples/syscalls.bpf.o', 'syscalls.bpf.o')
  await project.npm('install')
  const { output } = await project.run(process.execPath, ['build.cjs', toolScript('webpack')])
  t.is(output, '')
  for (const bundle of bundles) {
    const { stdout, output } = await project.node(`out/${bundle}`)
    t.regex(stdout, works, `${bundle}: ${output}`)
  }

  // As it is deployed: where it was bundled there is nothing any more.
  project.copy(project.path('out'), 'image')
  for (const needed of ['ebpf/package.json', 'ebpf/prebuilds', 'ebpf/bpf', 'node-gyp-build'])
    project.copy(project.path('node_modules', needed), `image/node_modules/${needed}`)
  renameSync(project.path('node_modules'), project.path('modules'))
  for (const bundle of bundles) {
    const { stdout, output } = await project.node(`image/${bundle}`)
    t.regex(stdout, works, `${bundle}: ${output}`)
  }

  for (const bundle of bundles) {
    const { stdout, output } = await project.node(`out/${bundle}`)
    t.regex(stdout, /has the code of ebpf in it, .*: install ebpf beside the bundle\n$/, `${bundle}: ${output}`)
  }

  renameSync(project.path('image/node_modules/node-gyp-build'), project.path('node-gyp-build'))
  const { stdout } = await project.node('image/module.mjs')
  t.regex(stdout, works, 'without node-gyp-build')
})
