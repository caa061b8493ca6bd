import { renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import test from 'ava'
import { Project } from '../helpers/project.js'

/** Loaded before anything else: the machine that the variables name, as far as Node tells of it. */
const simulation = `
const { SIMULATED_PLATFORM: platform, SIMULATED_ARCH: arch } = process.env
if (platform) Object.defineProperty(process, 'platform', { value: platform })
if (arch) Object.defineProperty(process, 'arch', { value: arch })
const os = require('node:os')
if (platform) os.platform = () => platform
if (arch) os.arch = () => arch
`

/** Each entry of the package is imported, then each of its first calls made. */
const uses = `
  () => ebpf.open('x.bpf.o'),
  () => ebpf.createMap({ type: 'hash', key: ebpf.u32, value: ebpf.u32, maxEntries: 1 }),
  () => ebpf.openMap({ id: 1 }),
  () => ebpf.openProgram({ id: 1 }),
  () => ebpf.openLink({ id: 1 }),
  () => [...ebpf.listPrograms()],
  () => net.networkInterfaces(),
  () => kernel.hasMapType('hash'),
  () => kernel.enableStats(),
  () => kernel.libbpfVersion(),
  () => flows.monitorFlows({ interfaces: ['lo'] }).next(),
  () => tcp.monitorTcp().next(),
  () => tcp.connectionEvents().next(),`
/** What Linux has files for is refused, too, without a word of files. */
const usesOfFiles = `
  () => net.networkNamespace(),
  () => symbols.kallsyms(),
  () => kernel.kernelFacts(),
  () => kernel.kernelConfig(),
  () => kernel.kernelBtf(),
  () => ebpf.tracePipe().next(),
  () => new symbols.ProcessSymbols(process.pid),`
const body = `
async function main() {
  if (btf.Btf.parse(require('node:fs').readFileSync('small.btf')).typeCount < 1) throw new Error('no types')
  const told = new Set()
  const uses = [USES]
  for (const use of uses) {
    try {
      await use()
      told.add(use + ' worked')
    } catch (error) {
      told.add([error.name, error.code, error.errno, error.message].join('; '))
    }
  }
  console.log(JSON.stringify([...told]))
}
main()
`
const programs = (name: string, calls: string) => {
  const main = body.replace('USES', calls)
  const entries = ['flows', 'tcp', 'btf', 'kernel', 'net', 'symbols'].map((as) => [as, `ebpf/${as}`])
  entries.push(['ebpf', 'ebpf'])
  const imports = entries.map(([as, from]) => `import * as ${as} from '${from}'\n`)
  const requires = entries.map(([as, from]) => `const ${as} = require('${from}')\n`)
  const madeRequire = "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)\n"
  return { [`${name}.mjs`]: imports.join('') + madeRequire + main, [`${name}.cjs`]: requires.join('') + main }
}

const files = {
  'simulation.cjs': simulation,
  ...programs('everything', uses + usesOfFiles),
  ...programs('addon', uses),
}

/** A BTF, which `ebpf/btf` reads anywhere: 24 bytes of header, one type, an empty string. */
function smallBtf(): Buffer {
  const bytes = Buffer.alloc(24 + 16 + 5)
  bytes.writeUInt16LE(0xeb9f, 0)
  bytes.writeUInt8(1, 2)
  for (const [index, value] of [24, 0, 16, 16, 5].entries()) bytes.writeUInt32LE(value, 4 + 4 * index)
  bytes.writeUInt32LE(1, 24) // name
  bytes.writeUInt32LE(1 << 24, 28) // BTF_KIND_INT
  bytes.writeUInt32LE(4, 32) // bytes
  bytes.writeUInt32LE(32, 36) // bits
  bytes.write('\0int\0', 40, 'latin1')
  return bytes
}

const machines = [
  { platform: 'darwin', cpu: 'arm64' },
  { platform: 'win32', cpu: 'x64' },
]

for (const { platform, cpu } of machines) {
  test(`on ${platform} it is installed and imported, and its first use says that it needs Linux`, async (t) => {
    t.timeout(180_000)
    const project = new Project(t, files)
    const { output } = await project.npm('install', `--os=${platform}`, `--cpu=${cpu}`)
    t.notRegex(output, /EBADPLATFORM|unsupported|ebpf|gyp/i)
    writeFileSync(project.path('small.btf'), smallBtf())

    const env = { SIMULATED_PLATFORM: platform, SIMULATED_ARCH: cpu }
    const simulated = (...args: string[]) =>
      project.run(process.execPath, ['--require', './simulation.cjs', ...args], env)
    const sentence = `ebpf needs Linux, because BPF is part of its kernel; this is ${platform}`
    for (const program of ['everything.mjs', 'everything.cjs']) {
      const { stdout, output } = await simulated(program)
      t.deepEqual(JSON.parse(stdout), [`NotSupportedError; ENOTSUP; 95; ${sentence}`], output)
    }
    for (const command of ['doctor', 'flows', 'retransmits', 'demo']) {
      const { status, output } = await simulated('node_modules/ebpf/dist/cli.cjs', command)
      t.deepEqual([status, output], [1, `ebpf: ${sentence}\n`], command)
    }
    t.is((await simulated('node_modules/ebpf/dist/cli.cjs', '--help')).status, 0)
  })
}

test('where there is no addon, or one that cannot be loaded, its first use says what was looked for and what builds one', async (t) => {
  t.timeout(180_000)
  const project = new Project(t, files)
  await project.npm('install')
  writeFileSync(project.path('small.btf'), smallBtf())
  const root = project.path('node_modules/ebpf')
  const prebuilds = `${root}/prebuilds`
  const rebuild = '`npx ebpf rebuild` builds one from source, with the C++ compiler of this machine.'

  const says = async (what: string, pattern: RegExp, env: NodeJS.ProcessEnv) => {
    for (const program of ['addon.mjs', 'addon.cjs']) {
      const { stdout, output } = await project.run(process.execPath, ['--require', './simulation.cjs', program], env)
      t.notThrows(() => JSON.parse(stdout), output)
      const told = JSON.parse(stdout) as string[]
      t.is(told.length, 1, `${what}: ${stdout}`)
      const [name, code, errno, message = ''] = (told[0] ?? '').split('; ')
      t.deepEqual([name, code, errno], ['BpfError', 'ERR_DLOPEN_FAILED', '0'], what)
      t.regex(message, pattern, what)
      t.true(message.endsWith(rebuild), message)
    }
    const run = (command: string) =>
      project.run(process.execPath, ['--require', './simulation.cjs', `${root}/dist/cli.cjs`, command], env)
    const doctor = await run('doctor')
    t.is(doctor.status, 1, what)
    t.regex(doctor.output, /^process +addon +missing /m, what)
    const { status, output } = await run('flows')
    t.is(status, 1)
    t.regex(output, /^ebpf: .*\n$/, what)
    t.regex(output, pattern, what)
  }
  const none = (arch: string, libc: string) =>
    new RegExp(
      `ebpf has no addon for this system: looked in ${root}/build/Release and ${prebuilds}/linux-${arch}\\. .*arch=${arch} .*libc=${libc} `,
    )

  await says('another architecture', none('ia32', 'glibc'), { SIMULATED_ARCH: 'ia32' })
  await says('another C library', none(process.arch, 'musl'), { LIBC: 'musl' })
  const file = `${prebuilds}/linux-${process.arch}/ebpf.glibc.node`
  truncateSync(file, Math.floor(statSync(file).size / 2))
  await says(
    'half an addon',
    new RegExp(`the addon of ebpf, ${file}, cannot be loaded: it has \\d+ bytes of \\d+\\. `),
    {},
  )
  truncateSync(file, 0)
  await says('an empty addon', new RegExp(`the addon of ebpf, ${file}, cannot be loaded: .*too short`), {})
  rmSync(prebuilds, { recursive: true })
  await says('no prebuilds', none(process.arch, 'glibc'), {})

  // The way out for whoever keeps the addon elsewhere.
  rmSync(root, { recursive: true })
  await project.npm('install')
  renameSync(prebuilds, project.path('prebuilds'))
  const env = { EBPF_PREBUILD: project.folder }
  const { stdout } = await project.run(process.execPath, ['-p', 'require("ebpf/kernel").libbpfVersion()'], env)
  t.regex(stdout, /^\d+\.\d+\n$/)
})
