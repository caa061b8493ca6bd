import { type Closable, closeAll } from '../../internal/lifetime.js'
import type { BpfObject } from '../../object/bpf-object.js'
import type { OpenObject } from '../../object/open-object.js'
import { loadBundled } from '../shared/bundled.js'
import type { CompiledFilter } from './filter.js'

export interface FlowProgramOptions {
  readonly maxEntries: number
  readonly innerTunnels: boolean
  readonly sampling: number
  readonly filter: CompiledFilter
}

// Each object has its own maps for globals. These maps are shared, so that the flows of all namespaces go to one table.
const shared = (name: string) => name.startsWith('flow_')

/** Each number needs at least two of the 4096 entries of flow_interfaces. */
const mostNumbers = 1024

/**
 * The flow program, loaded several times on the same maps, each with its own number in the keys. Once per namespace, because a TC program
 * cannot ask which namespace a packet is in, and interfaces in two namespaces can have the same index. And once more for a namespace if an
 * index was reused for another interface before the first one's data was read. The first object owns the maps.
 */
export class FlowObjects implements Closable {
  readonly #options: FlowProgramOptions
  /** By number. */
  readonly #objects: BpfObject[] = []
  #loading: Promise<unknown> = Promise.resolve()
  #closed = false

  /** @throws {RangeError} if there are more namespaces than there is room for, given their interfaces. */
  static async open(namespaces: number, options: FlowProgramOptions): Promise<FlowObjects> {
    if (namespaces > mostNumbers) {
      throw new RangeError(`at most ${mostNumbers} network namespaces can be watched at once, not ${namespaces}`)
    }
    const objects = new FlowObjects(options)
    try {
      for (let i = 0; i < namespaces; i++) await objects.add()
      options.filter.fill(objects.first)
      return objects
    } catch (error) {
      objects.close()
      throw error
    }
  }

  private constructor(options: FlowProgramOptions) {
    this.#options = options
  }

  get first(): BpfObject {
    return this.get(0)
  }

  get count(): number {
    return this.#objects.length
  }

  get(number: number): BpfObject {
    return this.#objects[number] as BpfObject
  }

  /** Loads one more, and returns its number. */
  add(): Promise<number> {
    const added = this.#loading.then(() => this.#add())
    this.#loading = added.catch(() => {}) // the caller handles the failure
    return added
  }

  close(): void {
    this.#closed = true
    closeAll(this.#objects)
  }

  async #add(): Promise<number> {
    const number = this.#objects.length
    if (number >= mostNumbers) throw new RangeError(`the flow program is loaded ${mostNumbers} times already`)
    const owner = this.#objects[0]
    const object = await loadBundled('flow', (opened) => {
      configure(opened, this.#options, number)
      for (const map of opened.maps.values()) if (owner && shared(map.name)) map.reuse(owner.map(map.name))
    })
    this.#objects.push(object)
    if (this.#closed) object.close()
    return number
  }
}

function configure(object: OpenObject, options: FlowProgramOptions, netns: number): void {
  object.map('flow_table_a').maxEntries = options.maxEntries
  object.map('flow_table_b').maxEntries = options.maxEntries
  object.globals.netns = netns
  object.globals.inner_tunnels = options.innerTunnels
  object.globals.sampling = options.sampling
  options.filter.configure(object)
}
