import { join } from 'node:path'
import { packageRoot } from '../../internal/package-root.js'
import type { BpfObject } from '../../object/bpf-object.js'
import { type OpenObject, open } from '../../object/open-object.js'

/** Opens a program that ships with this package, lets `configure` set its globals and sizes, and loads it. */
export async function loadBundled(
  name: 'flow' | 'retransmit' | 'socket' | 'drop',
  configure: (object: OpenObject) => void,
): Promise<BpfObject> {
  const object = open(join(packageRoot(), 'bpf', `${name}.bpf.o`))
  try {
    configure(object)
  } catch (error) {
    object.close()
    throw error
  }
  return object.load()
}
