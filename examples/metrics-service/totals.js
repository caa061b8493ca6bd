import { Counter, Gauge, Registry } from 'prom-client'

/** The sums of all snapshots, as metrics. What was not filed is a metric too: a sum says how much it lacks. */
export class Totals {
  #registry = new Registry()
  #packets = this.#counter('packets_total', 'Packets, as the interface counts them', ['interface', 'direction'])
  #bytes = this.#counter('bytes_total', 'Bytes, as the interface counts them', ['interface', 'direction'])
  #protocols = this.#counter('flow_bytes_total', 'Bytes of flows, each once, by IP protocol', ['protocol'])
  #flowsLost = this.#counter('flow_lost_packets_total', 'Packets that found the table of flows full')
  #unwatched = this.#counter('unwatched_total', 'Interfaces that came and could not be watched', ['interface'])
  #table = this.#gauge('flow_table_ratio', 'How full the table of flows was at the last snapshot')
  #sent = this.#counter('tcp_sent_segments_total', 'Segments that TCP sockets sent, again included')
  #again = this.#counter('tcp_retransmitted_segments_total', 'Segments that TCP sockets sent again')
  #opened = this.#counter('tcp_opened_total', 'Connections, by who opened them', ['by'])
  #established = this.#counter('tcp_established_total', 'Connections that were established')
  #closed = this.#counter('tcp_closed_total', 'Connections that were closed')
  #retransmitsLost = this.#counter('tcp_lost_retransmitted_segments_total', 'Segments sent again that are of no row')
  #connectionsLost = this.#counter('tcp_lost_connections_total', 'Updates of connections that found no room')

  get contentType() {
    return this.#registry.contentType
  }

  text() {
    return this.#registry.metrics()
  }

  addFlows({ interfaces, flows, lost, unwatched, table }) {
    for (const { interface: name, direction, packets, bytes } of interfaces) {
      this.#packets.inc({ interface: name, direction }, packets)
      this.#bytes.inc({ interface: name, direction }, bytes)
    }
    for (const { protocol, bytes, duplicate } of flows) if (!duplicate) this.#protocols.inc({ protocol }, bytes)
    this.#flowsLost.inc(lost.packets)
    for (const { interface: name } of unwatched) this.#unwatched.inc({ interface: name })
    this.#table.set(table.entries / table.maxEntries)
  }

  addRetransmits({ totals, lost, sockets }) {
    this.#sent.inc(sockets.totals.segmentsSent)
    this.#again.inc(totals.segments)
    this.#opened.inc({ by: 'local' }, sockets.totals.openedLocally)
    this.#opened.inc({ by: 'remote' }, sockets.totals.openedRemotely)
    this.#established.inc(sockets.totals.established)
    this.#closed.inc(sockets.totals.closed)
    this.#retransmitsLost.inc(lost.segments)
    this.#connectionsLost.inc(sockets.lost.connections)
  }

  #counter(name, help, labelNames = []) {
    return new Counter({ name: `ebpf_${name}`, help, labelNames, registers: [this.#registry] })
  }

  #gauge(name, help) {
    return new Gauge({ name: `ebpf_${name}`, help, registers: [this.#registry] })
  }
}
