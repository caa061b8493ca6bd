import { inRoot } from '../scripts/lib/root.mjs'
import { ours } from './lib/contestant.mjs'
import { flowProbe, silentNetwork } from './lib/namespace.mjs'

const retransmitProbe = 'tracepoint:tcp:tcp_retransmit_skb { printf("record\\n"); }'

/** What importing (and loading the addon) adds to a bare Node, and how long a command takes from its start to its first record. */
export const question = {
  name: 'start-up',
  title: 'Starting: importing, above a bare Node, and the first record of a command',
  metrics: { time: { unit: 'ms' } },
  series({ peers: { bpftrace }, quick }) {
    const samples = quick ? 3 : 11
    const modules = ['ebpf', 'ebpf/flows', 'ebpf/btf'].map((module) => ({
      name: module,
      command: ours('import', samples, module),
      ...(module === 'ebpf' && { limits: { time: 25 } }),
    }))
    const first = (pattern, command) => silentNetwork(ours('first-record', quick ? 1 : 3, pattern, ...command))
    const race = (name, probe, pattern, ...args) => ({
      name,
      contestants: [
        ...(bpftrace
          ? [{ name: 'bpftrace', peer: 'bpftrace', command: first('record', bpftrace.command('-e', probe)) }]
          : []),
        {
          name: 'ebpf',
          command: first(pattern, [process.execPath, inRoot('dist/cli.cjs'), ...args, '--json']),
          targets: { time: { bpftrace: 0.5 } },
        },
        // What Node takes to start and to write a line: nothing that runs in it is faster.
        { name: 'bare Node', command: first('record', [process.execPath, '-e', 'console.log("record")']) },
      ],
    })
    return [
      { name: 'import', contestants: modules },
      race('flows', flowProbe, '"flows":\\[\\{', 'flows', '-i', 'bench0', '--interval', '0.01'),
      race('retransmits', retransmitProbe, '"type":"retransmitted"', 'retransmits', '--events', 'retransmitted'),
    ]
  },
}
