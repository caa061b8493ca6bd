import { type BpfObject, open, type Program } from 'ebpf'
import { fixture } from './fixture.js'

/** Loads a fixture with only the programs named, which count what happens in this process. */
export function load(file: string, ...programs: string[]): BpfObject {
  const object = open(fixture(file))
  for (const name of programs) object.program(name).autoload = true
  if ('target_tgid' in object.globals) object.globals.target_tgid = process.pid
  return object.loadSync()
}

/** The kernel function of a system call, which may sleep. */
const systemCall = `__${process.arch === 'x64' ? 'x64' : process.arch}_sys_getpriority`

/** Loads a program of sleepable.bpf.c. */
export function loadSleepable(name: string, globals: Readonly<Record<string, unknown>> = {}): BpfObject {
  const object = open(fixture('sleepable'))
  const program = object.program(name)
  program.autoload = true
  if (program.section.startsWith('fe')) program.setAttachTarget(systemCall)
  Object.assign(object.globals, globals)
  return object.loadSync()
}

export const calls = 20

/**
 * Attaches a program of tracing.bpf.c, makes `calls` calls, and returns how often it ran and the sum of its cookies.
 * Throws if it still runs after its link was closed.
 */
export function countCalls(
  name: string,
  attach: (program: Program) => Disposable,
  call: () => void,
): { readonly hits: bigint; readonly cookies: bigint } {
  using bpf = load('tracing', name)
  const { globals } = bpf
  const link = attach(bpf.program(name))
  for (let i = 0; i < calls; i++) call()
  link[Symbol.dispose]()
  const counted = { hits: globals.hits as bigint, cookies: globals.cookie as bigint }
  for (let i = 0; i < calls; i++) call()
  if (globals.hits !== counted.hits) throw new Error(`${name} still ran after its link was closed`)
  return counted
}
