import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FlowMonitor } from 'ebpf/flows'
import { TcpMonitor } from 'ebpf/tcp'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { bothEnds } from '../helpers/both-ends.js'
import { enter } from '../helpers/cgroup.js'
import { collectGarbage } from '../helpers/collect-garbage.js'
import { eventually } from '../helpers/eventually.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { addPair, areWatched, isUp } from '../helpers/pair.js'
import { perl, sendDatagram } from '../helpers/perl.js'

/** What this process keeps after a garbage collection: bytes, descriptors, and what keeps its event loop alive. */
async function kept() {
  for (let i = 0; i < 3; i++) {
    collectGarbage()
    await new Promise((resolve) => setTimeout(resolve, 20)) // finalizers
  }
  const { heapUsed, external } = process.memoryUsage()
  return {
    bytes: heapUsed + external,
    descriptors: readdirSync('/proc/self/fd').length,
    resources: process.getActiveResourcesInfo().length,
  }
}

kernelTest(
  'interfaces, cgroups, processes and connections that come and go leave nothing behind in this process',
  {},
  async (t) => {
    const cgroups = mkdtempSync(join(tmpdir(), 'ebpf-cgroups-'))
    execFileSync('mount', ['-t', 'cgroup2', 'cgroup2', cgroups])
    const netns = await NetworkNamespace.create()
    try {
      netns.ip('link set lo up')
      using flows = await FlowMonitor.open({ netns: netns.path })
      using connections = await TcpMonitor.open({ netns: netns.path, connections: true, drops: true })
      let paths = 0
      const live = async (round: number) => {
        const pair = `pair${round}`
        const cgroup = join(cgroups, `ebpf-test-${process.pid}-${round}`)
        addPair(netns, pair)
        mkdirSync(cgroup)
        await eventually('the pair is watched', () => areWatched(flows, netns, pair) && isUp(netns, pair))
        sendDatagram(netns, '198.18.2.2', 4000 + round)
        perl(netns, `${bothEnds} join_both; talk; finish`, enter(cgroup))
        const [{ interfaces }, { sockets }] = await Promise.all([flows.snapshot(), connections.snapshot()])
        t.true(interfaces.some(({ interface: name }) => name === pair))
        paths += (sockets?.connections ?? []).some((row) => row.cgroup?.path?.endsWith(`-${round}`)) ? 1 : 0
        netns.ip(`link delete ${pair}`)
        rmdirSync(cgroup)
      }
      const rounds = async (from: number, to: number) => {
        for (let round = from; round < to; round++) await live(round)
        // Connections that have ended are forgotten by the snapshot after the next.
        for (let i = 0; i < 3; i++) await Promise.all([flows.snapshot(), connections.snapshot()])
        return kept()
      }
      const warm = await rounds(0, 15)
      const after = await rounds(15, 45)
      t.log(`${after.bytes - warm.bytes} bytes, ${after.descriptors - warm.descriptors} descriptors`)
      t.is(paths, 45, 'each connection had its cgroup')
      t.is(after.descriptors, warm.descriptors)
      t.is(after.resources, warm.resources)
      t.true(after.bytes - warm.bytes < 30 * 10_000, `${after.bytes - warm.bytes} bytes more after 30 rounds`)
    } finally {
      await netns.remove()
      execFileSync('umount', [cgroups])
      rmdirSync(cgroups)
    }
  },
)
