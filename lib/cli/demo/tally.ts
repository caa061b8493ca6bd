import type { FlowSnapshot } from '../../monitors/flows/flow.js'
import type { TcpSnapshot } from '../../monitors/tcp/tcp-snapshot.js'

/** Adds up snapshots. Retransmissions are reported for the whole machine; only those of the demo's namespaces are counted. */
export class Tally {
  packets = 0
  bytes = 0
  retransmittedSegments = 0
  lost = 0
  readonly #flows = new Set<string>()
  readonly #namespaces: ReadonlySet<number>

  constructor(namespaces: ReadonlySet<number>) {
    this.#namespaces = namespaces
  }

  /** Distinct 5-tuples by interface and direction. */
  get flows(): number {
    return this.#flows.size
  }

  addFlows({ totals, lost, flows }: FlowSnapshot): void {
    this.packets += totals.packets
    this.bytes += totals.bytes
    this.lost += lost.packets
    for (const flow of flows) {
      const {
        interface: name,
        direction,
        protocol,
        sourceAddress,
        sourcePort,
        destinationAddress,
        destinationPort,
      } = flow
      this.#flows.add(
        [name, direction, protocol, sourceAddress, sourcePort, destinationAddress, destinationPort].join(' '),
      )
    }
  }

  addRetransmits({ retransmits, lost }: TcpSnapshot): void {
    this.lost += lost.events
    for (const { netns, segments } of retransmits) {
      if (this.#namespaces.has(netns)) this.retransmittedSegments += segments
    }
  }
}
