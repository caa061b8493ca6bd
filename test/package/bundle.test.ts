import { renameSync, rmSync } from 'node:fs'
import test from 'ava'
import { bundlingProject, makeImage, works } from '../helpers/bundling.js'
import { toolScript } from '../helpers/project.js'

/* What docs/bundling.md says. */

const formats = { esm: 'mjs', cjs: 'cjs' } as const
/** With the package outside, as it is advised, and with its own code in the bundle. */
const ways = { outside: ['--external:ebpf'], inside: [] }

test('esbuild bundles a program that uses the package', async (t) => {
  const project = await bundlingProject(t)
  for (const [how, options] of Object.entries(ways)) {
    for (const [format, extension] of Object.entries(formats)) {
      const bundle = `out/${how}.${extension}`
      const common = ['program.mjs', '--bundle', '--platform=node', '--target=node20', '--log-level=error']
      const args = [...common, `--format=${format}`, `--outfile=${bundle}`, ...options]
      const { status, output } = await project.run(toolScript('.bin/esbuild'), args)
      t.is(status, 0, output)
      const ran = await project.node(bundle)
      t.regex(ran.stdout, works, `${bundle}: ${ran.output}`)
    }
  }

  // The object may be in the bundle, too.
  project.write({
    'bytes.mjs':
      "import { open } from 'ebpf'\nimport bytes from './syscalls.bpf.o'\nconsole.log([...open(bytes).maps.keys()].join())\n",
  })
  const bytes = [
    'bytes.mjs',
    '--bundle',
    '--platform=node',
    '--target=node20',
    '--format=esm',
    '--external:ebpf',
    '--loader:.o=binary',
  ]
  const { output } = await project.run(toolScript('.bin/esbuild'), [...bytes, '--outfile=out/bytes.mjs'])
  t.regex((await project.node('out/bytes.mjs')).stdout, /^counts/, output)

  // What an image needs.
  makeImage(project)
  project.copy(project.path('syscalls.bpf.o'), 'image/syscalls.bpf.o')
  const image = await project.run(process.execPath, ['image/inside.mjs'])
  t.regex(image.stdout, works, image.output)

  // Away from node_modules there is neither addon nor programs.
  renameSync(project.path('node_modules'), project.path('modules'))
  for (const extension of Object.values(formats)) {
    const ran = await project.node(`out/inside.${extension}`)
    t.regex(ran.stdout, /inside\.\w+ has the code of ebpf in it, .*: install ebpf beside the bundle\n$/, ran.output)
  }
  // As a single executable is, which has neither beside it.
  for (const extension of Object.values(formats)) {
    const env = { EBPF_PREBUILD: project.path('modules/ebpf') }
    const ran = await project.run(process.execPath, [`out/inside.${extension}`], env)
    t.regex(ran.stdout, works, ran.output)
  }
  rmSync(project.path('modules'), { recursive: true })
})
