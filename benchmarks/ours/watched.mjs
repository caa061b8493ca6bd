import { programInfo } from 'ebpf'
import { FlowMonitor } from 'ebpf/flows'
import { enableStats } from 'ebpf/kernel'
import { TcpMonitor } from 'ebpf/tcp'
import { descriptors } from './descriptors.mjs'
import { load } from './subject.mjs'

const here = '/proc/self/ns/net'

/** What can be attached while traffic passes bench0. */
const watchers = {
  nothing: () => ({ close() {} }),
  'empty program': () => {
    const object = load('benchmarks/program.bpf.o', ['nothing'])
    const links = ['ingress', 'egress'].map((direction) =>
      object.program('nothing').attachTc({ interface: 'bench0', direction }),
    )
    return {
      close() {
        for (const each of [...links, object]) each.close()
      },
    }
  },
  flows: () => FlowMonitor.open({ interfaces: ['bench0'] }),
  retransmits: () => TcpMonitor.open({ netns: here }),
  connections: () => TcpMonitor.open({ netns: here, connections: true, drops: true }),
}

/** Those of this process: others may come and go on this machine. */
const ownPrograms = () => descriptors().flatMap(({ prog_id }) => prog_id ?? [])

/** Attaches it; `counted` runs something and tells how often and how long, in nanoseconds, the attached programs ran meanwhile. */
export async function watch(name) {
  const before = ownPrograms()
  const watcher = await watchers[name]()
  const own = new Set(ownPrograms().filter((id) => !before.includes(id)))
  const sums = () => {
    const infos = [...own].map((id) => programInfo(Number(id)))
    const sum = (field) => infos.reduce((total, info) => total + Number(info[field]), 0)
    return { runs: sum('runCount'), time: sum('runTime') }
  }
  return {
    close: () => watcher.close(),
    async counted(work) {
      const stats = enableStats()
      const start = sums()
      const result = await work()
      const end = sums()
      stats.close()
      return { result, runs: end.runs - start.runs, time: end.time - start.time }
    },
  }
}
