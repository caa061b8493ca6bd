import { monitorTcp } from 'ebpf/tcp'

const signal = AbortSignal.timeout(2000)

for await (const { retransmits, totals, lost } of monitorTcp({ interval: 1000, signal })) {
  console.log(`${totals.segments} segments sent again, ${lost.segments} of them not filed`)
  for (const { localAddress, localPort, remoteAddress, remotePort, segments, state } of retransmits) {
    console.log(`${localAddress}:${localPort} → ${remoteAddress}:${remotePort} in ${state}: ${segments}`)
  }
}
