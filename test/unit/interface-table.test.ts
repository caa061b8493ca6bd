import test from 'ava'
import { InterfaceTable } from '../../lib/net/interface-table.js'
import type { NetworkInterface } from '../../lib/net/network-interface.js'
import { networkInterface } from '../helpers/network-interface.js'

const statistics = (rxPackets: bigint) => ({
  rxPackets,
  txPackets: 0n,
  rxBytes: 0n,
  txBytes: 0n,
  rxErrors: 0n,
  txErrors: 0n,
  rxDropped: 0n,
  txDropped: 0n,
})

const make = (index: number, name: string, more: Partial<NetworkInterface> = {}) =>
  networkInterface(index, { name, ...more })

const none = { added: [], removed: [], changed: [], missed: [] }

/** A table that has told of these already. */
function tableOf(...known: NetworkInterface[]): InterfaceTable {
  const table = new InterfaceTable(() => true)
  table.replace(known)
  table.take()
  return table
}

test('nothing new is nothing, and statistics are not news', (t) => {
  const table = tableOf(make(1, 'a', { statistics: statistics(1n) }))
  t.is(table.take(), undefined)
  table.set(make(1, 'a', { statistics: statistics(2n) }))
  t.is(table.take(), undefined)
})

test('what is added, changed and removed is told once', (t) => {
  const table = tableOf(make(1, 'a'), make(2, 'b'))
  const last = make(2, 'b', { statistics: statistics(7n) })
  table.set(make(1, 'renamed'))
  table.delete(last)
  table.set(make(3, 'c'))
  t.deepEqual(table.take(), {
    ...none,
    added: [make(3, 'c')],
    removed: [last],
    changed: [{ before: make(1, 'a'), after: make(1, 'renamed') }],
  })
  t.is(table.take(), undefined)
})

test('what came and went is missed; what changed back has not changed', (t) => {
  const table = tableOf(make(1, 'a'))
  const last = make(2, 'b', { statistics: statistics(3n) })
  table.set(make(2, 'b'))
  table.delete(last)
  table.set(make(1, 'x'))
  table.set(make(1, 'a'))
  t.deepEqual(table.take(), { ...none, missed: [last] })
})

test('an index that is given again is removed and added', (t) => {
  const table = tableOf(make(5, 'a'))
  table.delete(make(5, 'a'))
  table.set(make(5, 'a', { mtu: 9000 }))
  t.deepEqual(table.take(), { ...none, removed: [make(5, 'a')], added: [make(5, 'a', { mtu: 9000 })] })
})

test('one that changed before it went is removed, and nothing else is told of who has its index then', (t) => {
  const table = tableOf(make(5, 'a'))
  table.set(make(5, 'changed'))
  table.delete(make(5, 'changed'))
  table.set(make(5, 'b'))
  t.deepEqual(table.take(), { ...none, removed: [make(5, 'changed')], added: [make(5, 'b')] })
})

test('one that changed twice is told of as it was at the last look, and one that came and changed as it is', (t) => {
  const table = tableOf(make(1, 'a'))
  table.set(make(1, 'b'))
  table.set(make(1, 'c'))
  table.set(make(2, 'd'))
  table.set(make(2, 'e'))
  t.deepEqual(table.take(), {
    ...none,
    added: [make(2, 'e')],
    changed: [{ before: make(1, 'a'), after: make(1, 'c') }],
  })
})

test('a new list that has another interface at an index tells of both, by whatever they differ', (t) => {
  const before = make(3, 'a', { kind: 'veth', link: { index: 4 }, address: '02' })
  for (const other of [{ kind: 'tun' }, { link: { index: 5 } }, { link: { index: 4, netns: 1 } }, { linkType: 772 }]) {
    const table = tableOf(before)
    const after = { ...before, ...other }
    table.replace([after])
    t.deepEqual(table.take(), { ...none, removed: [before], added: [after] })
  }
})

test('a new list tells what was not told, without statistics that are old', (t) => {
  const table = tableOf(make(1, 'a', { statistics: statistics(1n) }), make(2, 'b'), make(3, 'c', { address: '02' }))
  table.replace([make(2, 'renamed'), make(3, 'c', { address: '03' }), make(4, 'd')])
  t.deepEqual(table.take(), {
    ...none,
    removed: [make(1, 'a'), make(3, 'c', { address: '02' })],
    added: [make(3, 'c', { address: '03' }), make(4, 'd')],
    changed: [{ before: make(2, 'b'), after: make(2, 'renamed') }],
  })
})

test('a name can come to be meant, and not to be', (t) => {
  const table = new InterfaceTable(({ name }) => name.startsWith('eth'))
  table.set(make(1, 'veth1'))
  t.is(table.take(), undefined)
  table.set(make(1, 'eth1'))
  t.deepEqual(table.take(), { ...none, added: [make(1, 'eth1')] })
  table.set(make(1, 'veth1'))
  t.deepEqual(table.take(), { ...none, removed: [make(1, 'veth1')] })
  table.delete(make(1, 'veth1'))
  t.is(table.take(), undefined)
})

test('what an interface had counted before it was watched is known, whatever it has counted since', (t) => {
  const table = new InterfaceTable(({ name }) => name !== 'other')
  const packets = (index: number) => table.statisticsBefore(index)?.rxPackets
  table.replace([make(1, 'old', { statistics: statistics(100n) })])
  t.is(packets(1), undefined, 'nobody knows when it was made')
  table.set(make(2, 'new', { statistics: statistics(0n) }))
  table.set(make(2, 'new', { statistics: statistics(5n) }))
  t.is(packets(2), 0n)
  table.set(make(3, 'other', { statistics: statistics(7n) }))
  table.set(make(3, 'other', { statistics: statistics(8n) }))
  table.set(make(3, 'renamed', { statistics: statistics(9n) }))
  t.is(packets(3), 8n)
  table.delete(make(3, 'renamed'))
  table.set(make(3, 'another', { statistics: statistics(1n) }))
  t.is(packets(3), 1n, 'the index was given to another interface')
  table.replace([make(3, 'another')])
  table.set(make(2, 'new', { statistics: statistics(6n) }))
  t.is(packets(2), 6n)
})
