import type { Connection } from '../tcp/connection.js'
import type { Flow } from './flow.js'

/** Where a flow was seen, in terms of this machine's sockets. */
export interface FlowPlace {
  /** Inode number of the network namespace. */
  readonly netns: number | undefined
  /**
   * Whether packets of a socket bound to the interface with that index pass the hook; undefined if the known interfaces do not tell.
   */
  carries(interfaceIndex: number): boolean | undefined
}

/** Finds the socket that sends a flow, by its tuple: in the flow's own network namespace first, otherwise in any that has it. */
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

  /** Undefined for flows that are not TCP, are inside a tunnel, or whose socket is on another machine. */
  of(flow: Tcp, place: FlowPlace): Connection | undefined {
    if (flow.protocol !== tcp || flow.tunnel) return undefined
    const { sourceAddress, sourcePort, destinationAddress, destinationPort } = flow
    const found = this.#byTuple.get(tupleOf(sourceAddress, sourcePort, destinationAddress, destinationPort))
    if (found === undefined) return undefined
    const here = found.filter((connection) => connection.netns === place.netns)
    // Two containers, two links or two VRFs may have the same addresses: if two sockets fit, neither is taken.
    return here.length === 0 ? only(found) : ofPlace(here, place)
  }
}

/** Among sockets of the hook's own namespace. */
function ofPlace(here: readonly Connection[], place: FlowPlace): Connection | undefined {
  const passes = ({ interfaceIndex }: Connection) =>
    interfaceIndex === undefined || place.carries(interfaceIndex) === true
  const sure = here.filter(passes)
  if (sure.length > 0) return only(sure)
  // Not a socket on another link. If it is unknown how the interfaces are joined, the only socket with these addresses and ports is taken.
  const [one] = here
  const isElsewhere = one?.interfaceIndex !== undefined && place.carries(one.interfaceIndex) === false
  return isElsewhere ? undefined : only(here)
}

const only = (found: readonly Connection[]) => (found.length === 1 ? found[0] : undefined)

type Tcp = Pick<Flow, 'protocol' | 'tunnel' | 'sourceAddress' | 'sourcePort' | 'destinationAddress' | 'destinationPort'>

const tcp = 6

const tupleOf = (source: string, sourcePort: number, destination: string, destinationPort: number) =>
  `${source} ${sourcePort} ${destination} ${destinationPort}`
