import { inRoot } from '../scripts/lib/root.mjs'
import { ours } from './lib/contestant.mjs'
import { flowProbe, isolated, silentNetwork } from './lib/namespace.mjs'
import { rivals } from './lib/peers.mjs'

/** What it takes of memory, of this process and of the kernel, and of the disk. */
export const question = {
  name: 'memory',
  title: 'Memory and the disk',
  rounds: 3,
  metrics: { memory: { unit: 'MiB' }, heap: { unit: 'MiB' }, kernel: { unit: 'MiB' } },
  series({ peers, quick }) {
    const modules = ['ebpf', 'ebpf/flows', 'ebpf/tcp'].map((module) => ({
      name: module,
      command: ours('import', quick ? 2 : 11, module),
    }))
    const resident = (...command) => silentNetwork(ours('memory-command', quick ? 1 : 3, ...command))
    const commands = [
      ...rivals(peers, ['bpftrace'], '-e', flowProbe).map((peer) => ({ ...peer, command: resident(...peer.command) })),
      { name: 'bare Node', command: resident(process.execPath, '-e', 'setInterval(() => {}, 1000)') },
      {
        name: 'ebpf flows',
        command: resident(process.execPath, inRoot('dist/cli.cjs'), 'flows', '-i', 'bench0', '--json'),
      },
    ]
    const rings = Object.entries({ '256 KiB': 2 ** 18, '16 MiB': 2 ** 24 }).map(([name, size]) => ({
      name,
      command: collecting(ours('memory-rings', size)),
    }))
    const flows = [{ name: 'flow monitor', command: isolated(collecting(ours('memory-flows', 100_000))) }]
    const parts = ['package', 'dependencies', 'addon'].map((part) => ({ name: part, command: ours('installed', part) }))
    return [
      { name: 'imported, above a bare Node', contestants: modules },
      { name: 'a command at rest', contestants: commands },
      { name: 'an open ring', contestants: rings },
      { name: '100,000 flows', contestants: flows },
      { name: 'installed', metrics: { size: { unit: 'MiB' }, files: { unit: 'files' } }, contestants: parts },
    ]
  },
}

const collecting = ([node, ...args]) => [node, '--expose-gc', ...args]
