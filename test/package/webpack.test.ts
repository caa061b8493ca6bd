import { renameSync } from 'node:fs'
import test from 'ava'
import { bundlingProject, makeImage, works } from '../helpers/bundling.js'
import { toolScript } from '../helpers/project.js'

/* webpack, with the package's own code in the bundle. What it puts in the place of `import.meta.url`, `__filename` and `createRequire` is its own. */

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
  const project = await bundlingProject(t, { 'build.cjs': build })
  const { output } = await project.run(process.execPath, ['build.cjs', toolScript('webpack')])
  t.is(output, '')
  for (const bundle of bundles) {
    const { stdout, output } = await project.node(`out/${bundle}`)
    t.regex(stdout, works, `${bundle}: ${output}`)
  }

  // As it is deployed: where it was bundled there is nothing any more.
  makeImage(project)
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
