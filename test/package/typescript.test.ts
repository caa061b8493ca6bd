import test from 'ava'
import { manifest, Project, toolScript } from '../helpers/project.js'

const right = `
import { type BpfObject, createMap, NotSupportedError, open, u32 } from 'ebpf'
import { Btf, compileCodec } from 'ebpf/btf'
import { type FlowSnapshot, monitorFlows } from 'ebpf/flows'
import { monitorTcp } from 'ebpf/tcp'
import type { Count, SyscallsObject } from './syscalls.types.js'

export async function probe(): Promise<bigint> {
  const object = open<SyscallsObject>('syscalls.bpf.o')
  object.globals.process = process.pid
  const bpf = await object.load()
  let calls = 0n
  for (const [, count] of bpf.map('counts')) calls += (count satisfies Count).calls
  bpf.close()
  return calls
}

export async function* records(bpf: BpfObject): AsyncGenerator<number> {
  for await (const { pid } of bpf.ringbuf<{ pid: number }>('events', { type: 'event' })) yield pid
}

export async function watch(signal: AbortSignal): Promise<number> {
  let bytes = 0
  for await (const snapshot of monitorFlows({ interfaces: ['lo'], signal })) bytes += bytesOf(snapshot)
  for await (const { totals } of monitorTcp({ signal })) bytes += totals.bytes
  return bytes
}

const bytesOf = ({ totals }: FlowSnapshot): number => totals.bytes

export const decode = (bytes: Uint8Array): unknown => {
  const btf: Btf = Btf.parse(bytes)
  return compileCodec(btf, btf.findByName('event')?.id ?? 1).decode(new DataView(bytes.buffer), 0)
}

using map = createMap({ type: 'hash', key: u32, value: u32, maxEntries: 1 })
export const size: number | undefined = map.get(1)
export const isOld = (error: unknown): boolean => error instanceof NotSupportedError && error.minimumKernel === '6.6'
`

/** Each line is one mistake. */
const wrong = `
import { createMap, open, u32 } from 'ebpf'
import { monitorFlows } from 'ebpf/flows'
import type { SyscallsObject } from './syscalls.types.js'

const object = open<SyscallsObject>('syscalls.bpf.o')
// @ts-expect-error
object.globals.proces = 1
// @ts-expect-error
object.globals.process = '1'
// @ts-expect-error
object.map('count')
// @ts-expect-error
object.program('counts')
// @ts-expect-error
monitorFlows({ interface: 'lo' })
// @ts-expect-error
createMap({ type: 'hash', key: u32, value: u32, maxEntries: 1 }).set(1, '1')
// @ts-expect-error
open(1)
// @ts-expect-error
import 'ebpf/dist/index.js'
import { BpfError } from 'ebpf'
// @ts-expect-error
new BpfError({ code: 'EPERM' })
`

const common = {
  target: 'ES2022',
  strict: true,
  skipLibCheck: false,
  noEmit: true,
  noUncheckedSideEffectImports: true,
  types: ['node'],
  typeRoots: [toolScript('@types')],
}

/** `type` is the manifest's: it decides which of the package's two sets of types nodenext reads. */
const configurations = {
  'nodenext, ES modules': { type: 'module', module: 'nodenext' },
  'nodenext, CommonJS': { type: 'commonjs', module: 'nodenext' },
  'node16, without the newest types of ECMAScript': { type: 'module', module: 'node16', lib: ['ES2022'] },
  bundler: { type: 'module', module: 'esnext', moduleResolution: 'bundler' },
  'bundler, verbatim, with exact optional properties': {
    type: 'module',
    module: 'preserve',
    moduleResolution: 'bundler',
    verbatimModuleSyntax: true,
    exactOptionalPropertyTypes: true,
  },
}

test('programs compile in every way that TypeScript finds the package, and mistakes do not', async (t) => {
  t.timeout(240_000)
  const project = new Project(t, { 'right.ts': right, 'wrong.ts': wrong })
  project.copy('docs/examples/syscalls.bpf.o', 'syscalls.bpf.o')
  await project.npm('install')
  const types = await project.run('npx', ['--no-install', 'ebpf', 'types', 'syscalls.bpf.o', '-o', 'syscalls.types.ts'])
  t.is(types.status, 0, types.output)
  for (const [name, { type, ...options }] of Object.entries(configurations)) {
    const compilerOptions = { ...common, ...options }
    project.write({
      'package.json': manifest({ type }),
      'tsconfig.json': JSON.stringify({ compilerOptions, include: ['*.ts'] }),
    })
    const { status, output } = await project.node(toolScript('typescript/bin/tsc'), '--pretty', 'false')
    t.is(status, 0, `${name}:\n${output}`)
  }
})
