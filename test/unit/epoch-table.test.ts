import { setImmediate as turn } from 'node:timers/promises'
import test from 'ava'
import { EpochTable } from '../../lib/monitors/shared/epoch-table.js'
import type { BpfObject } from '../../lib/object/bpf-object.js'

interface Walk {
  readonly keys: Uint8Array
  readonly first: boolean
}

/** Maps of which only the slot is told: each update ends when the test says so. */
function fakeObject(onWalk: (walk: Walk) => void = () => {}) {
  const updates: { table: string; end: () => void; fail: (error: Error) => void }[] = []
  const slot = {
    setAsync: (_index: number, { name }: { name: string }) =>
      new Promise<void>((end, fail) => {
        updates.push({ table: name, end, fail })
      }),
  }
  const empty = (name: string) => ({
    name,
    native: {
      info: { type: 1, keySize: 4, userValueSize: 8, maxEntries: 1 },
      // Two entries, the name's letter, whenever it is drained: one after the other.
      lookupBatch: (_cursor: unknown, first: boolean, keys: Uint8Array) => {
        onWalk({ keys, first })
        keys[0] = name.charCodeAt(0)
        return { count: 1, done: !first }
      },
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
  t.deepEqual(await done, [2, undefined, 2])
})

test('an update of the slot that fails is told to whoever asked, and the next one is as if it had not been', async (t) => {
  const { updates, object } = fakeObject()
  const table = new EpochTable(object, { slot: 'slot', tables: ['a', 'b'] })
  const drained: string[] = []
  const swap = () => table.swap((keys, at) => drained.push(String.fromCharCode(keys.getUint8(at))))
  const first = swap()
  await turn()
  updates.pop()?.fail(new Error('no memory'))
  await t.throwsAsync(first, { message: 'no memory' })
  for (const name of ['b', 'a']) {
    const next = swap()
    await turn()
    const update = updates.pop()
    t.is(update?.table, name)
    update?.end()
    t.is(await next, 2)
  }
  t.deepEqual(drained, ['a', 'a', 'b', 'b'])
})

test('a table that could not be read to its end is read on by the next swap, which starts no epoch', async (t) => {
  let failing = false
  const { updates, object } = fakeObject(({ first }) => {
    if (failing && !first) throw new Error('no memory')
  })
  const table = new EpochTable(object, { slot: 'slot', tables: ['a', 'b'] })
  let visited = 0
  const swap = async (options = {}) => {
    const swapping = table.swap(() => visited++, options)
    await turn()
    updates.pop()?.end()
    return swapping
  }
  failing = true
  await t.throwsAsync(swap(), { message: 'no memory' })
  t.is(visited, 1)
  failing = false
  // The fake has two entries at each walk: the one that was read before counts too.
  t.is(await swap(), 3)
  t.is(visited, 3)
  t.is(updates.length, 0)
  failing = true
  await t.throwsAsync(swap())
  failing = false
  t.is(await swap({ last: true }), 5)
})

test('a large table is read in turns of the event loop', async (t) => {
  const { updates, object } = fakeObject()
  const table = new EpochTable(object, { slot: 'slot', tables: ['a', 'b'] })
  let turns = 0
  let seen = 0
  const started = table.swap(() => {
    // As long as decoding thousands of entries takes.
    for (const end = performance.now() + 15; performance.now() < end; );
    seen++
  })
  await turn()
  const tick = setInterval(() => turns++, 1)
  updates.pop()?.end()
  t.is(await started, 2)
  clearInterval(tick)
  t.is(seen, 2)
  t.true(turns >= 1, 'a timer fired between the batches')
})
