import test from 'ava'
import type { Flow } from '../../lib/monitors/flow.js'
import { FlowMemory, openerOf, placeNumber } from '../../lib/monitors/flow-memory.js'

interface Entry {
  readonly tuple: string
  readonly reverse: string | undefined
  readonly place: number
  readonly seen: Pick<Flow, 'firstSeen' | 'lastSeen' | 'syns' | 'synAcks' | 'opener'>
}

const entry = (
  tuple: string,
  options: { reverse?: string; ifindex?: number; egress?: boolean; flow?: Partial<Flow> } = {},
): Entry => ({
  tuple,
  reverse: options.reverse,
  place: placeNumber({ netns: 0, ifindex: options.ifindex ?? 1, egress: options.egress ?? false }),
  seen: {
    firstSeen: 0,
    lastSeen: options.flow?.firstSeen ?? 0,
    syns: 0,
    synAcks: 0,
    opener: 'unknown',
    ...options.flow,
  },
})

const words = (text: string) => Uint32Array.from(text.padEnd(5), (letter) => letter.charCodeAt(0))
const memoryOf = (capacity: number) => new FlowMemory(5, capacity)

function verdicts(memory: FlowMemory, entries: readonly Entry[]): string[] {
  memory.beginSnapshot()
  const known = entries.map(({ tuple, reverse, place, seen }) =>
    memory.learn(words(tuple), reverse === undefined ? undefined : words(reverse), place, seen),
  )
  return known.map((each, i) => `${each.place === entries[i]?.place ? '' : 'duplicate '}${openerOf(each)}`)
}

test('of the places that see a flow in one snapshot the one that saw it first counts, and goes on to count', (t) => {
  const memory = memoryOf(10)
  const uplink = entry('a', { ifindex: 2, flow: { firstSeen: 5 } })
  const bridge = entry('a', { ifindex: 1, flow: { firstSeen: 9 } })
  t.deepEqual(verdicts(memory, [bridge, uplink]), ['duplicate unknown', 'unknown'])
  const later = entry('a', { ifindex: 1, flow: { firstSeen: 11 } })
  t.deepEqual(verdicts(memory, [later]), ['duplicate unknown'])
})

test('the other direction of an interface is another place', (t) => {
  const both = [entry('a', { egress: true, flow: { firstSeen: 1 } }), entry('a', { flow: { firstSeen: 2 } })]
  t.deepEqual(verdicts(memoryOf(10), both), ['unknown', 'duplicate unknown'])
})

test('who opened a connection is known of both directions, and in the intervals after its SYN', (t) => {
  const memory = memoryOf(10)
  const there = (flow?: Partial<Flow>) => entry('there', { reverse: 'back', ...(flow && { flow }) })
  const back = entry('back', { reverse: 'there', egress: true })
  t.deepEqual(verdicts(memory, [back, there({ syns: 1, opener: 'source' })]), ['destination', 'source'])
  t.deepEqual(verdicts(memory, [there(), back]), ['source', 'destination'])
  // The same ports again, from the other side.
  t.deepEqual(verdicts(memory, [there({ synAcks: 1, opener: 'destination' })]), ['destination'])
})

test('what has not been seen for as long as it takes to fill a generation is forgotten', (t) => {
  const memory = memoryOf(2)
  const [first, elsewhere] = [entry('a'), entry('a', { ifindex: 2 })]
  verdicts(memory, [first, entry('b')])
  t.deepEqual(verdicts(memory, [elsewhere, entry('c')]), ['duplicate unknown', 'unknown'])
  verdicts(memory, [entry('d')])
  verdicts(memory, [entry('e')])
  verdicts(memory, [entry('f')])
  verdicts(memory, [entry('g')])
  t.deepEqual(verdicts(memory, [elsewhere]), ['unknown'])
})

test('a flow that has another way now counts there, after a while or as soon as the place is gone', (t) => {
  const at = (ifindex: number, firstSeen: number) => entry('a', { ifindex, flow: { firstSeen } })
  const memory = memoryOf(10)
  t.deepEqual(verdicts(memory, [at(1, 0)]), ['unknown'])
  t.deepEqual(verdicts(memory, [at(2, 1500)]), ['duplicate unknown'])
  t.deepEqual(verdicts(memory, [at(1, 1800), at(2, 1801)]), ['unknown', 'duplicate unknown'])
  t.deepEqual(verdicts(memory, [at(2, 3900)]), ['unknown'])
  t.deepEqual(verdicts(memory, [at(1, 4000)]), ['duplicate unknown'])
  memory.forget([{ netns: 0, ifindex: 2, egress: false }])
  t.deepEqual(verdicts(memory, [at(1, 4100)]), ['unknown'])
})
