import { renameSync, rmSync } from 'node:fs'
import test from 'ava'
import { Project, toolScript } from '../helpers/project.js'

/* What docs/bundling.md says. */

/** Needs the addon, and a program that comes with the package. */
const program = `
import { open } from 'ebpf'
import { RetransmitMonitor } from 'ebpf/retransmits'

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

const formats = { esm: 'mjs', cjs: 'cjs' } as const
/** With the package outside, as it is advised, and with its own code in the bundle. */
const ways = { outside: ['--external:ebpf'], inside: [] }

test('esbuild bundles a program that uses the package', async (t) => {
  t.timeout(180_000)
  const project = new Project(t, { 'program.mjs': program })
  project.copy('docs/examples/syscalls.bpf.o', 'syscalls.bpf.o')
  await project.npm('install')
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
  project.copy(project.path('out'), 'image')
  project.copy(project.path('syscalls.bpf.o'), 'image/syscalls.bpf.o')
  for (const needed of ['ebpf/package.json', 'ebpf/prebuilds', 'ebpf/bpf', 'node-gyp-build'])
    project.copy(project.path('node_modules', needed), `image/node_modules/${needed}`)
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
