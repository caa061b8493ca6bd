import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { inRoot } from '../../../scripts/lib/root.mjs'
import { run } from '../../../scripts/lib/run.mjs'
import { filesUnder, step } from '../../../scripts/lib/step.mjs'
import { built } from './folder.mjs'

/** C, built against the very libbpf that the addon has in it: always there. */
export async function libbpf() {
  const folder = 'benchmarks/peers/libbpf'
  const sources = readdirSync(inRoot(folder)).filter((file) => file.endsWith('.c'))
  const archives = ['bpf', 'elf', 'zlib'].map((name) => `build/Release/${name}.a`)
  const flags = ['-O2', '-Wall', '-Ilibbpf/include', '-Ilibbpf/source/libbpf/include/uapi']
  const output = (source) => join(built, source.replace(/\.c$/, ''))
  await step({
    name: 'peers in C',
    inputs: [...filesUnder(folder), ...archives],
    options: { flags },
    outputs: sources.map(output),
    run: async () => {
      for (const source of sources) {
        await run('gcc', [...flags, '-o', output(source), join(folder, source), ...archives, '-lpthread'])
      }
    },
  })
  return { version: 'the addon’s', command: (program, ...args) => [inRoot(join(built, program)), ...args.map(String)] }
}
