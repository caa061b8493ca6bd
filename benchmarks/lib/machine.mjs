import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { clangCommands } from '../../scripts/lib/clang.mjs'
import { inRoot } from '../../scripts/lib/root.mjs'
import { capture } from '../../scripts/lib/run.mjs'

/** What the figures were measured on and with, by name. */
export async function machine() {
  const { clang } = await clangCommands()
  return {
    processor: `${cpus()[0]?.model.trim() ?? process.arch}, ${availableParallelism()} cores`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: release(),
    node: `${process.version}, V8 ${process.versions.v8}`,
    libbpf: libbpfVersion(),
    clang: await firstLine(clang),
    gcc: await firstLine('gcc'),
  }
}

function libbpfVersion() {
  const header = readFileSync(inRoot('libbpf/include/bpf/libbpf_version.h'), 'utf8')
  const part = (name) => new RegExp(`LIBBPF_${name}_VERSION (\\d+)`).exec(header)?.[1]
  return `${part('MAJOR')}.${part('MINOR')}`
}

const firstLine = async (command) => (await capture(command, ['--version'])).output.split('\n')[0].trim()
