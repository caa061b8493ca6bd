import { readFileSync } from 'node:fs'
import test from 'ava'
import type { BpfMapInfo } from '../../lib/internal/binding.js'
import { refusedOperations } from '../../lib/maps/operations.js'
import { type MapOperation, mapTypes } from '../../lib/maps/types.js'

const all: readonly MapOperation[] = ['get', 'has', 'set', 'delete', 'iterate']
const operations: readonly MapOperation[] = [...all, 'take', 'push', 'pop', 'peek', 'add', 'view']
// BPF_F_MMAPABLE
const mmapable = 1 << 10

/** The rows of the page's last table: the kinds that each names, and what they can. */
const rows = readFileSync('docs/maps.md', 'utf8')
  .split('## What each kind can')[1]
  ?.split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim())) as string[][]

test('the table of maps has a row for every kind, with what the package lets it do', (t) => {
  const documented = new Map(rows.flatMap(([, kinds = '', , can = '']) => quoted(kinds).map((kind) => [kind, can])))
  for (const [kind, { id: type }] of Object.entries(mapTypes)) {
    const refused = refusedOperations({ type, name: '', valueSize: 8, flags: mmapable } as BpfMapInfo)
    const allowed = operations.filter((operation) => !refused.has(operation))
    t.deepEqual(operationsOf(documented.get(kind) ?? ''), allowed, kind)
  }
  t.deepEqual([...documented.keys()].sort(), Object.keys(mapTypes).sort())
})

function operationsOf(can: string): MapOperation[] {
  const named: string[] = [...quoted(can), ...(can.startsWith('all') ? all : [])]
  if (can.includes('iteration')) named.push('iterate')
  return operations.filter((operation) => named.includes(operation))
}

function quoted(text: string): string[] {
  return [...text.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)
}
