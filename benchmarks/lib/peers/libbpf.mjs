import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { inRoot } from '../../../scripts/lib/root.mjs'
import { run } from '../../../scripts/lib/run.mjs'
import { filesUnder, step } from '../../../scripts/lib/step.mjs'
import { built } from './folder.mjs'

/** C, built against the very libbpf that the addon has in it: always there. */
export async function libbpf() {
  const folder = 'benchmarks/peers/libbpf'
  const sources = readdirSync(inRoot(folder)).filter((file) => file.endsWith('.c'))
  const archive = 'build/Release/bpf.a'
  const zstd = (await run('gcc', ['-print-file-name=libzstd.a'])).trim()
  const flags = ['-O2', '-Wall', '-Ilibbpf/source/src', '-Ilibbpf/source/include/uapi']
  const libraries = [archive, '-l:libelf.a', '-l:libz.a', ...(existsSync(zstd) ? ['-l:libzstd.a'] : []), '-lpthread']
  const output = (source) => join(built, source.replace(/\.c$/, ''))
  await step({
    name: 'peers in C',
    inputs: [...filesUnder(folder), archive],
    options: { flags },
    outputs: sources.map(output),
    run: async () => {
      for (const source of sources) {
        await run('gcc', [...flags, '-o', output(source), join(folder, source), ...libraries])
      }
    },
  })
  return { version: 'the addon’s', command: (program, ...args) => [inRoot(join(built, program)), ...args.map(String)] }
}
