import { type BpfObject, open } from 'ebpf'
import { fixture } from './fixture.js'

/** Loads a fixture with only these of its programs, and its globals set. */
export function loadFixture(
  name: string,
  programs: readonly string[],
  globals: Record<string, unknown> = {},
): BpfObject {
  const object = open(fixture(name))
  for (const program of object.programs.values()) program.autoload = programs.includes(program.name)
  for (const [global, value] of Object.entries(globals)) object.globals[global] = value
  return object.loadSync()
}

/** Runs a TC program on a packet of 64 bytes with that mark; returns the program's return value. */
export function runOnPacket(bpf: BpfObject, program: string, mark = 0): number {
  // struct __sk_buff: `mark` is its third word.
  const context = new Uint8Array(192)
  new Uint32Array(context.buffer)[2] = mark
  return bpf.program(program).run({ data: new Uint8Array(64), context }).returnValue
}
