import type { ExecutionContext } from 'ava'
import { Project } from './project.js'

/* Shared by the tests of bundlers: a program that needs the addon, and a program that comes with the package. */

const body = `
async function main() {
  const bpf = await open('syscalls.bpf.o').load()
  const monitor = await TcpMonitor.open()
  console.log(bpf.map('counts').name, monitor.mode)
  monitor.close()
  bpf.close()
}
main().catch((error) => console.log(error.message))
`

export const programs = {
  'program.mjs': `import { open } from 'ebpf'\nimport { TcpMonitor } from 'ebpf/tcp'\n${body}`,
  'program.cjs': `const { open } = require('ebpf')\nconst { TcpMonitor } = require('ebpf/tcp')\n${body}`,
}

/** What the program prints. */
export const works = /^counts\S* \w+\n$/

/** A project with the programs, the files that they load, and the package. */
export async function bundlingProject(t: ExecutionContext, files: Readonly<Record<string, string>> = {}) {
  t.timeout(180_000)
  const project = new Project(t, { ...programs, ...files })
  project.copy('docs/examples/syscalls.bpf.o', 'syscalls.bpf.o')
  await project.npm('install')
  return project
}

/** As docs/bundling.md says: the bundles, and the parts of `node_modules` that they need. */
export function makeImage(project: Project): void {
  project.copy(project.path('out'), 'image')
  for (const needed of ['ebpf/package.json', 'ebpf/prebuilds', 'ebpf/bpf', 'node-gyp-build'])
    project.copy(project.path('node_modules', needed), `image/node_modules/${needed}`)
}
