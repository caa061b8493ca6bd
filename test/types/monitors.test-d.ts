import { type FlowSnapshot, monitorFlows, tcpFlags } from 'ebpf/flows'
import { type Connection, type ConnectionEvent, connectionEvents, monitorTcp, type TcpSnapshot } from 'ebpf/tcp'
import { expectError, expectType } from 'tsd'

for await (const snapshot of monitorFlows({ interfaces: ['eth0'], interval: 1000 })) {
  expectType<FlowSnapshot>(snapshot)
  for (const flow of snapshot.flows) {
    expectType<'ingress' | 'egress'>(flow.direction)
    expectType<number>(flow.bytes)
    expectType<string[]>(tcpFlags(flow.tcpFlags))
  }
}
for await (const snapshot of monitorTcp({ mode: 'tp_btf' })) expectType<TcpSnapshot>(snapshot)
for await (const { sockets } of monitorTcp({ connections: true, drops: true })) {
  for (const connection of sockets?.connections ?? []) expectType<Connection>(connection)
}
for await (const event of connectionEvents({ types: ['reset'] })) {
  expectType<ConnectionEvent>(event)
  if (event.type === 'reset') expectType<'sent' | 'received'>(event.direction)
}

expectError(monitorFlows({ interfaces: 5 }))
expectError(monitorFlows({ attach: 'xdp' }))
expectError(monitorTcp({ mode: 'fentry' }))
expectError(connectionEvents({ types: ['lost'] }))
