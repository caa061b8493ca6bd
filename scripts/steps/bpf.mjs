import { mkdirSync } from 'node:fs'
import { machine } from 'node:os'
import { dirname, join } from 'node:path'
import { clangCommands } from '../lib/clang.mjs'
import { inRoot, root } from '../lib/root.mjs'
import { all, run } from '../lib/run.mjs'
import { filesUnder, step } from '../lib/step.mjs'

const shipped = ['bpf']
const own = ['test/fixtures', 'docs/examples', 'benchmarks']
const libbpfHeaders = 'libbpf/include'
/** These include headers that a machine has only for its own architecture. */
const ownArchitectureOnly = ['test/fixtures/registers.bpf.c']

const architectures = {
  x64: 'x86',
  arm64: 'arm64',
  s390x: 's390',
  ppc64: 'powerpc',
  riscv64: 'riscv',
  loong64: 'loongarch',
}

const flags = [
  '-g',
  '-O2',
  '--target=bpf',
  '-mcpu=v3',
  '-Ibpf',
  `-isystem${libbpfHeaders}`,
  // Where Debian keeps asm/types.h, which <linux/bpf.h> includes; clang does not look there for this target.
  `-idirafter/usr/include/${machine()}-linux-gnu`,
  '-Wall',
  '-Wextra',
  // BPF_PROG names every argument of a hook, even if it is not used.
  '-Wno-unused-parameter',
  '-Werror',
  `-ffile-prefix-map=${root}=.`,
]

/**
 * Compiles every .bpf.c to the .bpf.o beside it. A shipped object is the same for all machines of a byte order, so it is compiled
 * for no particular architecture. The others may read registers with bpf_tracing.h, which must know the architecture.
 */
export const bpf = () =>
  all([
    compile({ name: 'BPF programs', folders: shipped }),
    compile({ name: 'BPF programs of tests', folders: own, arch: process.arch }),
  ])

/** The folder of the tests' and examples' objects for another architecture, with the same paths as in the repository. */
export const foreignObjects = (arch) => `.cache/objects/${arch}`

/** Compiles the programs of tests and examples for another architecture. */
export const foreignBpf = (arch) =>
  compile({
    name: `BPF programs of tests for ${arch}`,
    folders: ['test/fixtures', 'docs/examples'],
    arch,
    target: foreignObjects(arch),
    except: ownArchitectureOnly,
  })

async function compile({ name, folders, arch, target = '', except = [] }) {
  const { clang } = await clangCommands()
  const files = folders.flatMap(filesUnder).filter((file) => /\.(c|h)$/.test(file))
  const sources = files.filter((file) => file.endsWith('.bpf.c') && !except.includes(file))
  const options = optionsFor(arch)
  const objectOf = (source) => join(target, source.replace(/c$/, 'o'))
  for (const source of sources) mkdirSync(inRoot(dirname(objectOf(source))), { recursive: true })
  await step({
    name,
    inputs: [
      ...files,
      ...filesUnder('bpf').filter((file) => file.endsWith('.h')),
      ...filesUnder(libbpfHeaders).filter((file) => file.endsWith('.h')),
    ],
    options: { options, version: await run(clang, ['--version']) },
    outputs: sources.map(objectOf),
    run: () => all(sources.map((source) => compileObject(source, objectOf(source), options))),
  })
}

/** The compiler's options for machines of `arch`, or for all. */
export const optionsFor = (arch) => [...flags, ...(arch ? [`-D__TARGET_ARCH_${architectures[arch]}`] : [])]

/** DWARF is stripped; BTF stays, for CO-RE and for decoding. */
export async function compileObject(source, object, options) {
  const { clang, strip } = await clangCommands()
  await run(clang, [...options, '-c', source, '-o', object])
  await run(strip, ['-g', object])
}
