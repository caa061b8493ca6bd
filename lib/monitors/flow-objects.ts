import type { BpfObject } from '../bpf-object.js'
import type { OpenObject } from '../object.js'
import { loadBundled } from './bundled.js'
import type { CompiledFilter } from './flow-filter.js'

export interface FlowProgramOptions {
  readonly maxEntries: number
  readonly innerTunnels: boolean
  readonly sampling: number
  readonly filter: CompiledFilter
}

// Beside the maps of globals, each object's own, these are shared: flows of all namespaces go to one table.
const shared = (name: string) => name.startsWith('flow_')

/**
 * The flow program once for each namespace, on the same maps: a TC program cannot ask which namespace a packet is in, and interfaces
 * of two have the same numbers. The first object owns the maps.
 *
 * @throws {RangeError} when there are more namespaces than leave room for their interfaces.
 */
export async function loadFlowObjects(count: number, options: FlowProgramOptions): Promise<BpfObject[]> {
  if (count > mostNamespaces) {
    throw new RangeError(`at most ${mostNamespaces} network namespaces can be watched at once, not ${count}`)
  }
  const objects: BpfObject[] = []
  try {
    for (let netns = 0; netns < count; netns++) {
      const owner = objects[0]
      objects.push(
        await loadBundled('flow', (object) => {
          configure(object, options, netns)
          for (const map of object.maps.values()) if (owner && shared(map.name)) map.reuse(owner.map(map.name))
        }),
      )
    }
    if (objects[0]) options.filter.fill(objects[0])
    return objects
  } catch (error) {
    for (const object of objects) object.close()
    throw error
  }
}

/** Of the 4096 entries of flow_interfaces each needs two at least. */
const mostNamespaces = 1024

function configure(object: OpenObject, options: FlowProgramOptions, netns: number): void {
  object.map('flow_table_a').maxEntries = options.maxEntries
  object.map('flow_table_b').maxEntries = options.maxEntries
  object.globals.netns = netns
  object.globals.inner_tunnels = options.innerTunnels
  object.globals.sampling = options.sampling
  options.filter.configure(object)
}
