import { type FlowSnapshot, monitorFlows, tcpFlags } from 'ebpf/flows'
import { monitorRetransmits, type RetransmitSnapshot } from 'ebpf/retransmits'
import { expectError, expectType } from 'tsd'

for await (const snapshot of monitorFlows({ interfaces: ['eth0'], interval: 1000 })) {
  expectType<FlowSnapshot>(snapshot)
  for (const flow of snapshot.flows) {
    expectType<'ingress' | 'egress'>(flow.direction)
    expectType<number>(flow.bytes)
    expectType<string[]>(tcpFlags(flow.tcpFlags))
  }
}
for await (const snapshot of monitorRetransmits({ mode: 'tp_btf' })) expectType<RetransmitSnapshot>(snapshot)

expectError(monitorFlows({ interfaces: 5 }))
expectError(monitorFlows({ attach: 'xdp' }))
expectError(monitorRetransmits({ mode: 'fentry' }))
