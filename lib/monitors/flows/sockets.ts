import { LoopTurns } from '../../internal/loop-turns.js'
import type { Connection } from '../tcp/connection.js'
import type { DraftFlow } from './decoder.js'

/** Where a flow was seen, in terms of this machine's sockets. */
export interface FlowPlace {
  /** Inode number of the network namespace. */
  readonly netns: number | undefined
  /**
   * Whether packets of a socket bound to the interface with that index pass the hook; undefined if the known interfaces do not tell.
   */
  carries(interfaceIndex: number): boolean | undefined
  /** Whether what the hook sees was sent by the namespace of that socket: the hook is on its way in, at the other end of a pair. */
  isNextTo(socket: Connection): boolean
  /** Whether the packets of a flow that this hook sees reach the other hook from here. */
  leadsTo(other: FlowPlace, linkScoped: boolean): boolean
}

/** A flow without a socket in its own namespace, and sockets of other namespaces that have its tuple. */
interface Elsewhere {
  readonly flow: DraftFlow
  readonly place: FlowPlace
  readonly found: Found
  /** Those whose packets lead here. */
  readonly sockets: Set<Connection>
}

interface Found {
  readonly connections: Connection[]
  /** The hooks that provably see the packets of a socket. */
  readonly proven: { readonly place: FlowPlace; readonly socket: Connection }[]
}

/**
 * Finds the socket that sends a flow, by its tuple: in the flow's own network namespace, or in another one from which its packets
 * provably come. Equal addresses and ports prove nothing: two containers may have the same ones, and so may a remote host.
 */
export class FlowSockets {
  readonly #byTuple = new Map<string, Found>()
  readonly #elsewhere: Elsewhere[] = []

  constructor(connections: readonly Connection[]) {
    for (const connection of connections) {
      const { localAddress, localPort, remoteAddress, remotePort } = connection
      const tuple = tupleOf(localAddress, localPort, remoteAddress, remotePort)
      const found = this.#byTuple.get(tuple)
      if (found) found.connections.push(connection)
      else this.#byTuple.set(tuple, { connections: [connection], proven: [] })
    }
  }

  /** Gives the flow its socket. Flows that are not TCP, or are inside a tunnel, have none. */
  join(flow: DraftFlow, place: FlowPlace): void {
    if (flow.protocol !== tcp || flow.tunnel) return
    const { sourceAddress, sourcePort, destinationAddress, destinationPort } = flow
    const found = this.#byTuple.get(tupleOf(sourceAddress, sourcePort, destinationAddress, destinationPort))
    if (found === undefined) return
    const here = found.connections.filter((connection) => connection.netns === place.netns)
    // Two links or two VRFs may have the same addresses: if two sockets fit, neither is taken.
    const socket =
      here.length > 0
        ? ofPlace(here, place)
        : only(found.connections.filter((connection) => place.isNextTo(connection)))
    if (socket) {
      flow.socket = socket
      found.proven.push({ place, socket })
    }
    // A namespace that has a socket with the tuple has no other packets with it.
    else if (here.length === 0) this.#elsewhere.push({ flow, place, found, sockets: new Set() })
  }

  /** Once all flows are joined: those that others lead to, hook by hook, have their socket, unless two may have sent them. */
  async settle(): Promise<void> {
    const turns = new LoopTurns()
    for (let isNew = true; isNew; ) {
      isNew = false
      for (const { flow, place, found, sockets } of this.#elsewhere) {
        if (turns.due) await turns.take()
        for (const { place: from, socket } of [...found.proven]) {
          if (sockets.has(socket) || !from.leadsTo(place, isLinkScoped(flow))) continue
          sockets.add(socket)
          found.proven.push({ place, socket })
          isNew = true
        }
      }
    }
    for (const { flow, sockets } of this.#elsewhere) {
      const socket = only([...sockets])
      if (socket) flow.socket = socket
    }
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

const tcp = 6

/** fe80::/10 and 169.254.0.0/16 are valid on one link only. */
const isLinkScoped = ({ sourceAddress, destinationAddress }: DraftFlow) =>
  [sourceAddress, destinationAddress].some((address) => /^(fe[89ab]|169\.254\.)/.test(address))

const tupleOf = (source: string, sourcePort: number, destination: string, destinationPort: number) =>
  `${source} ${sourcePort} ${destination} ${destinationPort}`
