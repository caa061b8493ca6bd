import { performance } from 'node:perf_hooks'
import { open } from 'ebpf'

const packet = new Uint8Array(64)

/** Loads the named programs of an object and no others, its maps with other sizes where they are given by name. */
export function load(path, names, sizes = {}) {
  const object = open(path)
  for (const [name, entries] of Object.entries(sizes)) object.map(name).maxEntries = entries
  for (const program of object.programs.values()) program.autoload = names.includes(program.name)
  return object.loadSync()
}

/** Runs a program `repeat` times and returns what the last run returned. */
export const run = (program, repeat) => program.run({ data: packet, repeat }).returnValue

/** The samples of each metric by its name, as the runner reads them. */
export const print = (metrics) => console.log(JSON.stringify(metrics))

/** Nanoseconds, monotonic. */
export const now = () => performance.now() * 1e6

/** Turns before the first that is told: as many as JavaScript takes to be compiled. The peers make as many. */
export const warmUp = 5
