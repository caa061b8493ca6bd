import type { Connection } from './connection.js'
import type { Flow } from './flow.js'

/** Finds the socket that sends a flow: by the tuple, in the flow's own network namespace first, else in whichever has it. */
export class FlowSockets {
  readonly #byTuple = new Map<string, Connection[]>()

  constructor(connections: readonly Connection[]) {
    for (const connection of connections) {
      const { localAddress, localPort, remoteAddress, remotePort } = connection
      const tuple = tupleOf(localAddress, localPort, remoteAddress, remotePort)
      const found = this.#byTuple.get(tuple)
      if (found) found.push(connection)
      else this.#byTuple.set(tuple, [connection])
    }
  }

  /** Undefined for what is not TCP, is inside a tunnel, or has its socket on another machine. */
  of(flow: Tcp, netns: number | undefined): Connection | undefined {
    if (flow.protocol !== tcp || flow.tunnel) return undefined
    const { sourceAddress, sourcePort, destinationAddress, destinationPort } = flow
    const found = this.#byTuple.get(tupleOf(sourceAddress, sourcePort, destinationAddress, destinationPort))
    if (found === undefined) return undefined
    const here = found.find((connection) => connection.netns === netns)
    // Two containers may have the same addresses: of two that fit neither is taken.
    return here ?? (found.length === 1 ? found[0] : undefined)
  }
}

type Tcp = Pick<Flow, 'protocol' | 'tunnel' | 'sourceAddress' | 'sourcePort' | 'destinationAddress' | 'destinationPort'>

const tcp = 6

const tupleOf = (source: string, sourcePort: number, destination: string, destinationPort: number) =>
  `${source} ${sourcePort} ${destination} ${destinationPort}`
