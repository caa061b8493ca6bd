import { BpfError, type BpfObject, type Link, open, type Program } from 'ebpf'
import type { TcpMonitor } from 'ebpf/tcp'
import type { DemoNetwork } from '../../lib/cli/demo/network.js'
import { closeAll, closeEach } from '../../lib/internal/lifetime.js'
import { fixture } from './fixture.js'

/**
 * Counts the segments at both ends for which the kernel ran no tracing program. Attach it before the program that drops
 * packets.
 */
export class Witness implements Disposable {
  readonly #object: BpfObject
  readonly #links: Link[]

  private constructor(object: BpfObject, links: Link[]) {
    this.#object = object
    this.#links = links
  }

  static attach({ client, server }: DemoNetwork): Witness {
    const opened = open(fixture('witness'))
    opened.globals.netns = [client.netns.inode, server.netns.inode]
    const object = opened.loadSync()
    const links: Link[] = []
    try {
      for (const program of ['on_ingress', 'on_egress']) links.push(object.program(program).attach())
      for (const { netns, interface: name } of [client, server]) {
        for (const direction of ['ingress', 'egress'] as const)
          links.push(object.program('count_passed').attachTc({ interface: name, netns: netns.path, direction }))
      }
      return new Witness(object, links)
    } catch (error) {
      closeEach([object, ...links])
      throw error
    }
  }

  get untraced(): number {
    const { passed, traced } = this.#object.globals as { passed: bigint; traced: bigint }
    return Number(passed - traced)
  }

  [Symbol.dispose](): void {
    closeAll([this.#object, ...this.#links])
  }
}

/**
 * Runs of the monitor's programs that the kernel skipped, and that no second program (bpf/twice.h) can have made up
 * for.
 */
export function recursionMisses({ object, socketObject }: TcpMonitor): number {
  const misses = new Map<string, number[]>()
  for (const each of socketObject ? [object, socketObject] : [object]) {
    for (const program of loadedPrograms(each)) {
      const name = program.name.replace(/_again$/, '')
      misses.set(name, [...(misses.get(name) ?? []), Number(program.info().recursionMisses)])
    }
  }
  return [...misses.values()].reduce((sum, ofEach) => sum + Math.min(...ofEach), 0)
}

function loadedPrograms(object: BpfObject): Program[] {
  return object.programNames.flatMap((name) => {
    try {
      return [object.program(name)]
    } catch (error) {
      if (error instanceof BpfError && error.code === 'ENOENT') return [] // not loaded
      throw error
    }
  })
}
