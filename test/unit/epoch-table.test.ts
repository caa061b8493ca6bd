import { setImmediate as turn } from 'node:timers/promises'
import test from 'ava'
import type { BpfObject } from '../../lib/bpf-object.js'
import { EpochTable } from '../../lib/monitors/epoch-table.js'

/** Maps of which only the slot is told: each update ends when the test says so. */
function fakeObject() {
  const updates: { table: string; end: () => void }[] = []
  const slot = {
    setAsync: (_index: number, { name }: { name: string }) =>
      new Promise<void>((end) => {
        updates.push({ table: name, end })
      }),
  }
  const empty = (name: string) => ({
    name,
    native: {
      info: { type: 1, keySize: 4, userValueSize: 8, maxEntries: 1 },
      lookupBatch: () => ({ count: 0, done: true }),
    },
  })
  const maps: Record<string, unknown> = { slot, a: empty('a'), b: empty('b') }
  return { updates, object: { map: (name: string) => maps[name] } as unknown as BpfObject }
}

test('updates of the slot that are asked for at once are made one after another', async (t) => {
  const { updates, object } = fakeObject()
  const table = new EpochTable(object, { slot: 'slot', tables: ['a', 'b'] })
  const done = Promise.all([table.swap(() => {}), table.settle(), table.swap(() => {})])
  for (const name of ['b', 'b', 'a']) {
    await turn()
    t.is(updates.length, 1)
    const update = updates.pop()
    t.is(update?.table, name)
    update?.end()
  }
  t.deepEqual(await done, [0, undefined, 0])
})
