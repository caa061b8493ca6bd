import test from 'ava'
import { bundlingProject, works } from '../helpers/bundling.js'
import { toolScript } from '../helpers/project.js'

/* rollup, as docs/bundling.md says. What it finds of `node_modules` by a plugin of its users' is found here by a small one. */

const config = `
import { fileURLToPath } from 'node:url'
const find = { name: 'find', resolveId: (name) => (/^ebpf(\\/|$)/.test(name) ? fileURLToPath(import.meta.resolve(name)) : undefined) }
const builtin = /^node:/
const outside = [/^ebpf(\\/|$)/, builtin]
const output = (way) => [
  { file: 'out/' + way + '.mjs', format: 'es', inlineDynamicImports: true },
  { file: 'out/' + way + '.cjs', format: 'cjs', inlineDynamicImports: true },
]
export default [
  { input: 'program.mjs', external: outside, output: output('outside') },
  { input: 'program.mjs', external: builtin, plugins: [find], output: output('inside') },
]
`

test('rollup bundles a program that uses the package, with its code outside and inside', async (t) => {
  const project = await bundlingProject(t, { 'rollup.config.mjs': config })
  const { status, output } = await project.run(toolScript('.bin/rollup'), ['-c', '--silent'])
  t.is(status, 0, output)
  for (const bundle of ['outside.mjs', 'outside.cjs', 'inside.mjs', 'inside.cjs']) {
    const { stdout, output } = await project.node(`out/${bundle}`)
    t.regex(stdout, works, `${bundle}: ${output}`)
  }
})
