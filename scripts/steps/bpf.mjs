import { machine } from 'node:os'
import { clangCommands } from '../lib/clang.mjs'
import { root } from '../lib/root.mjs'
import { all, run } from '../lib/run.mjs'
import { filesUnder, step } from '../lib/step.mjs'

const folders = ['bpf', 'test/fixtures', 'docs/examples', 'benchmarks']
const libbpfHeaders = 'libbpf/include'

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
  `-D__TARGET_ARCH_${architectures[process.arch]}`,
  '-Ibpf',
  `-isystem${libbpfHeaders}`,
  // Where Debian keeps asm/types.h, which <linux/bpf.h> includes; clang does not look there for this target.
  `-idirafter/usr/include/${machine()}-linux-gnu`,
  '-Wall',
  '-Wextra',
  // BPF_PROG names every argument of a hook, used or not.
  '-Wno-unused-parameter',
  '-Werror',
  `-ffile-prefix-map=${root}=.`,
]

/** Compiles every .bpf.c to the .bpf.o beside it. DWARF is stripped; BTF stays, for CO-RE and for decoding. */
export async function bpf() {
  const { clang, strip } = await clangCommands()
  const files = folders.flatMap(filesUnder).filter((file) => /\.(c|h)$/.test(file))
  const sources = files.filter((file) => file.endsWith('.bpf.c'))
  const objectOf = (source) => source.replace(/c$/, 'o')
  const compile = async (source) => {
    await run(clang, [...flags, '-c', source, '-o', objectOf(source)])
    await run(strip, ['-g', objectOf(source)])
  }
  await step({
    name: 'BPF programs',
    inputs: [...files, ...filesUnder(libbpfHeaders).filter((file) => file.endsWith('.h'))],
    options: { flags, version: await run(clang, ['--version']) },
    outputs: sources.map(objectOf),
    run: () => all(sources.map(compile)),
  })
}
