import { ours } from './lib/contestant.mjs'
import { isolated } from './lib/namespace.mjs'

/** What attaching costs a machine that is busy: traffic over a veth pair, and what the kernel counts of the programs meanwhile. */
export const question = {
  name: 'traffic',
  title: 'Traffic over a veth pair with nothing attached, an empty program and the monitors',
  rounds: 5,
  metrics: {
    throughput: { unit: 'Gbit/s', more: true },
    cpu: { unit: 's of CPU/GB' },
    time: { unit: 'ns/run' },
    share: { unit: '% of CPU' },
  },
  series({ peers: { iperf3 }, quick }) {
    const loads = [
      { name: 'iperf3, TCP', kind: 'stream', watchers: ['flows'] },
      { name: 'iperf3, UDP of 64 bytes', kind: 'small', watchers: ['flows'] },
      { name: 'iperf3, TCP, 1 in 1000 lost', kind: 'lossy', watchers: ['retransmits', 'connections'] },
    ]
    const streams = (quick ? loads.slice(1, 2) : loads).map(({ name, kind, watchers }) => ({
      name,
      contestants: contestants(watchers, (watcher) => ours('traffic', watcher, kind, quick ? 1 : 3)),
    }))
    const connects = {
      name: 'connections made and closed',
      metrics: {
        rate: { unit: 'connections/s', more: true },
        cpu: { unit: 'µs of CPU/connection' },
        runs: { unit: 'runs/connection' },
        programs: { unit: 'µs in programs/connection' },
      },
      contestants: contestants(['flows', 'retransmits', 'connections'], (watcher) =>
        ours('connects', watcher, quick ? 500 : 5000),
      ),
    }
    return [...(iperf3 ? streams : []), connects]
  },
}

const contestants = (watchers, command) => [
  { name: 'nothing', peer: 'nothing', command: isolated(command('nothing')) },
  ...['empty program', ...watchers].map((name) => ({ name, command: isolated(command(name)) })),
]
