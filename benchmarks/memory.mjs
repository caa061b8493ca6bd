import { ours } from './lib/contestant.mjs'
import { isolated } from './lib/namespace.mjs'

/** What it takes of memory, of this process and of the kernel, and of the disk. */
export const question = {
  name: 'memory',
  title: 'Memory, above a bare Node, and the disk',
  rounds: 3,
  metrics: { memory: { unit: 'MiB' }, heap: { unit: 'MiB' }, kernel: { unit: 'MiB' } },
  series({ quick }) {
    const modules = ['ebpf', 'ebpf/flows', 'ebpf/retransmits'].map((module) => ({
      name: module,
      command: ours('import', quick ? 2 : 11, module),
    }))
    const rings = Object.entries({ '256 KiB': 2 ** 18, '16 MiB': 2 ** 24 }).map(([name, size]) => ({
      name,
      command: collecting(ours('memory-rings', size)),
    }))
    const flows = [{ name: 'flow monitor', command: isolated(collecting(ours('memory-flows', 100_000))) }]
    const parts = ['package', 'dependencies', 'addon'].map((part) => ({ name: part, command: ours('installed', part) }))
    return [
      { name: 'imported', contestants: modules },
      { name: 'an open ring', contestants: rings },
      { name: '100,000 flows', contestants: flows },
      { name: 'installed', metrics: { size: { unit: 'MiB' }, files: { unit: 'files' } }, contestants: parts },
    ]
  },
}

const collecting = ([node, ...args]) => [node, '--expose-gc', ...args]
