import { type BpfObject, type Globals, open } from 'ebpf'
import { fixture } from './fixture.js'

/** Loads a fixture with only these of its programs: a kernel may lack what the others need. */
export function loadOnly(
  name: string,
  programs: readonly string[],
  globals: Readonly<Record<string, unknown>> = {},
): BpfObject {
  const object = open(fixture(name))
  for (const program of object.programs.values()) program.autoload = programs.includes(program.name)
  Object.assign(object.globals as Globals, globals)
  return object.loadSync()
}
