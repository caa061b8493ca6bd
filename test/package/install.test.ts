import { existsSync, readdirSync, readFileSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { Project, tools } from '../helpers/project.js'

/** An export of each entry. */
const imported = {
  ebpf: 'open',
  'ebpf/flows': 'FlowMonitor',
  'ebpf/tcp': 'TcpMonitor',
  'ebpf/btf': 'compileCodec',
  'ebpf/kernel': 'kernelFacts',
  'ebpf/net': 'networkInterfaces',
  'ebpf/symbols': 'kallsyms',
}
/** Counts the program's own system calls. Without `using`, which Node has no syntax for before 24. */
const program = `
const object = open('syscalls.bpf.o')
object.globals.process = process.pid
const bpf = object.loadSync()
const link = bpf.program('on_sys_enter').attach()
for (let i = 0; i < 1000; i++) statSync('.')
link.close()
const most = Math.max(...[...bpf.map('counts').values()].map(({ calls }) => Number(calls)))
bpf.close()
console.log(JSON.stringify({ most, exports: [${Object.values(imported).join(', ')}].map((it) => typeof it) }))
`
const names = Object.entries({ ...imported, 'node:fs': 'statSync' })
const programs = {
  'program.mjs': names.map(([from, name]) => `import { ${name} } from '${from}'\n`).join('') + program,
  'program.cjs': names.map(([from, name]) => `const { ${name} } = require('${from}')\n`).join('') + program,
}

interface Way {
  readonly files?: Readonly<Record<string, string>>
  install(project: Project): Promise<{ readonly status: number | null; readonly output: string }>
  /** What is put between Node and the program. */
  readonly runner?: readonly string[]
  /** The names of what was installed. */
  installed(project: Project): string[]
}

const topLevel = (project: Project) => readdirSync(project.path('node_modules')).filter((name) => !name.startsWith('.'))
const managed = (project: Project, manager: string, ...args: string[]) =>
  project.node(tools.managers[manager] as string, ...args)

const yarn4 = (linker: string) => ({
  'yarn.lock': '',
  // Nothing that another run has left is used, and nothing is left for another.
  '.yarnrc.yml': `nodeLinker: ${linker}\nenableScripts: false\nenableTelemetry: false\nenableGlobalCache: false\nenableImmutableInstalls: false\n`,
})

const ways: Readonly<Record<string, Way>> = {
  npm: { install: (project) => project.npm('install'), installed: topLevel },
  pnpm: {
    install: (project) => managed(project, 'pnpm', 'install', '--ignore-scripts', '--store-dir', '.store'),
    installed: (project) => [
      ...topLevel(project),
      ...readdirSync(project.path('node_modules/.pnpm/node_modules')).filter((name) => !name.startsWith('.')),
    ],
  },
  'yarn 1': {
    install: (project) =>
      managed(project, 'yarn 1', 'install', '--ignore-scripts', '--non-interactive', '--cache-folder', '.cache'),
    installed: topLevel,
  },
  'yarn 4': {
    files: yarn4('node-modules'),
    install: (project) => managed(project, 'yarn 4', 'install'),
    installed: topLevel,
  },
  'yarn 4 without node_modules': {
    files: yarn4('pnp'),
    install: (project) => managed(project, 'yarn 4', 'install'),
    runner: [tools.managers['yarn 4'] as string, 'node'],
    installed: (project) =>
      readdirSync(project.path('.yarn/cache'))
        .filter((name) => name.endsWith('.zip'))
        .map((name) => name.replace(/-(file|npm)-.*$/, '')),
  },
}

for (const [name, way] of Object.entries(ways)) {
  test(`${name}, its scripts disabled, installs two packages that work from ESM and CommonJS on each Node`, async (t) => {
    t.timeout(180_000)
    const project = new Project(t, { ...programs, ...way.files })
    project.copy('docs/examples/syscalls.bpf.o', 'syscalls.bpf.o')
    const { status, output } = await way.install(project)
    t.is(status, 0, output)
    t.deepEqual(way.installed(project).sort(), ['ebpf', 'node-gyp-build'])
    if (name === 'npm') withoutScripts(t, project)
    for (const node of Object.values(tools.nodes)) {
      for (const file of Object.keys(programs)) {
        const { stdout, output } = await project.run(node, [...(way.runner ?? []), file])
        t.regex(stdout, /^\{"most":1\d\d\d,"exports":\["function"(,"function"){6}\]\}$/m, `${node} ${file}:\n${output}`)
      }
    }
  })
}

/** npm itself would run node-gyp for a package with a binding.gyp, were it not told otherwise. */
function withoutScripts(t: ExecutionContext, project: Project): void {
  const { scripts, gypfile } = JSON.parse(readFileSync(project.path('node_modules/ebpf/package.json'), 'utf8'))
  for (const when of ['preinstall', 'install', 'postinstall', 'prepare']) t.false(when in scripts, when)
  t.false(gypfile)
  const { packages } = JSON.parse(readFileSync(project.path('node_modules/.package-lock.json'), 'utf8'))
  for (const [path, found] of Object.entries(packages)) t.false('hasInstallScript' in (found as object), path)
  t.false(existsSync(project.path('node_modules/ebpf/build')))
}

test('npx runs the command of the installed package', async (t) => {
  t.timeout(180_000)
  const project = new Project(t)
  await project.npm('install')
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  t.is((await project.run('npx', ['--no-install', 'ebpf', '--version'])).stdout, `${version}\n`)
  const { status, stdout, output } = await project.run('npx', ['--no-install', 'ebpf', 'doctor', '--json'])
  t.is(status, 0, output)
  t.true(JSON.parse(stdout).ready)
})
