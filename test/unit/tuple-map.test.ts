import test from 'ava'
import { TupleMap } from '../../lib/monitors/flows/tuple-map.js'
import { Random, seedOfRun } from '../helpers/random.js'

const key = (...words: number[]) => Uint32Array.from(words)

test('what is added is found, and nothing else', (t) => {
  const map = new TupleMap<string>(3)
  t.is(map.get(key(1, 2, 3)), undefined)
  map.add(key(1, 2, 3), 'a')
  map.add(key(3, 2, 1), 'b')
  map.add(key(0, 0, 0), 'c')
  map.add(key(0xffff_ffff, 0x8000_0000, 1), 'd')
  t.is(map.get(key(1, 2, 3)), 'a')
  t.is(map.get(key(3, 2, 1)), 'b')
  t.is(map.get(key(0, 0, 0)), 'c')
  t.is(map.get(key(0xffff_ffff, 0x8000_0000, 1)), 'd')
  t.is(map.get(key(1, 2, 4)), undefined)
  t.is(map.size, 4)
  t.deepEqual([...map.values()], ['a', 'b', 'c', 'd'])
})

test('it agrees with a Map of strings, however much it grows', (t) => {
  const seed = seedOfRun()
  t.log(`SEED=${seed}`)
  const random = new Random(seed)
  const map = new TupleMap<number>(2)
  const reference = new Map<string, number>()
  // Few distinct words, so that keys collide and come again.
  const word = () => random.below(200)
  for (let i = 0; i < 30_000; i++) {
    const tuple = key(word(), word())
    const text = tuple.join()
    t.is(map.get(tuple), reference.get(text))
    if (reference.has(text)) continue
    map.add(tuple, i)
    reference.set(text, i)
  }
  t.is(map.size, reference.size)
  t.true(map.size > 10_000)
})
