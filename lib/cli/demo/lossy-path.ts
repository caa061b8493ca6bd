import { NotSupportedError } from '../../errors.js'
import { closeAll } from '../../internal/lifetime.js'
import type { Link } from '../../link/link.js'
import { loadBundled } from '../../monitors/shared/bundled.js'
import type { BpfObject } from '../../object/bpf-object.js'
import type { Program } from '../../program/program.js'
import type { DemoNetwork } from './network.js'

/** Drops a share of the incoming TCP packets, after the flow program's hook, so that the kernel's counters have seen them too. */
export class LossyPath implements Disposable {
  readonly #object: BpfObject
  readonly #links: Link[]

  private constructor(object: BpfObject, links: Link[]) {
    this.#object = object
    this.#links = links
  }

  /** Attaches after the flow program, whichever comes first. */
  static async create({ client, server }: DemoNetwork, lossPer10000: number): Promise<LossyPath> {
    const object = await loadBundled('drop', (opened) => {
      opened.globals.drop_per_10000 = lossPer10000
    })
    const links: Link[] = []
    const path = new LossyPath(object, links)
    try {
      for (const { netns, interface: name } of [client, server]) {
        links.push(attachLast(object.program('drop_some'), name, netns.path))
      }
      return path
    } catch (error) {
      path[Symbol.dispose]()
      throw error
    }
  }

  /** What it has dropped so far; `bytes` counts whole frames. */
  get dropped(): { readonly packets: number; readonly segments: number; readonly bytes: number } {
    const cpus = this.#object.map<number, DropCounters[]>('drop_counters', { int64: 'number' }).get(0) ?? []
    const sum = (counter: keyof DropCounters) => cpus.reduce((total, cpu) => total + cpu[counter], 0)
    return { packets: sum('packets'), segments: sum('segments'), bytes: sum('bytes') }
  }

  [Symbol.dispose](): void {
    closeAll([this.#object, ...this.#links])
  }
}

/** One CPU's value of drop_counters (bpf/drop.h). */
type DropCounters = Record<'packets' | 'segments' | 'bytes', number>

function attachLast(program: Program, name: string, netns: string): Link {
  const options = { interface: name, direction: 'ingress', netns } as const
  try {
    return program.attachTcx({ ...options, anchor: 'last' })
  } catch (error) {
    if (!(error instanceof NotSupportedError)) throw error
    // Filters run in ascending order of priority; the flow program's number is lower than this one, the highest possible.
    return program.attachClsact({ ...options, priority: 0xffff })
  }
}
