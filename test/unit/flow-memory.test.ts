import test from 'ava'
import type { Flow } from '../../lib/monitors/flows/flow.js'
import { FlowMemory, openerOf, placeNumber, placeOf } from '../../lib/monitors/flows/memory.js'

interface Entry {
  readonly tuple: string
  readonly reverse: string | undefined
  readonly place: number
  readonly seen: Pick<Flow, 'firstSeen' | 'lastSeen' | 'syns' | 'synAcks' | 'opener'>
  readonly linkScoped?: boolean
}

const entry = (
  tuple: string,
  options: { reverse?: string; netns?: number; ifindex?: number; egress?: boolean; flow?: Partial<Flow> } = {},
): Entry => ({
  tuple,
  reverse: options.reverse,
  place: placeNumber({ netns: options.netns ?? 0, ifindex: options.ifindex ?? 1, egress: options.egress ?? false }),
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
/** Every place leads to every other one. */
const memoryOf = (capacity: number) => new FlowMemory(5, capacity, () => true)
/** Only these lead from the one index to the other. */
const memoryWith = (...ways: readonly (readonly [number, number])[]) =>
  new FlowMemory(5, 10, (from, to) => {
    const [a, b] = [placeOf(from).ifindex, placeOf(to).ifindex]
    return ways.some(([first, second]) => first === a && second === b)
  })
/** A packet of one flow at the interface of that index. */
const at = (ifindex: number, firstSeen: number, lastSeen = firstSeen) =>
  entry('a', { ifindex, flow: { firstSeen, lastSeen } })

function verdicts(memory: FlowMemory, entries: readonly Entry[]): string[] {
  memory.beginSnapshot()
  const known = entries.map(({ tuple, reverse, place, seen }) =>
    memory.learn(
      words(tuple),
      reverse === undefined ? undefined : words(reverse),
      place,
      seen,
      { ...seen },
      { domain: placeOf(place).netns },
    ),
  )
  return known.map(
    (each, i) =>
      `${memory.counts(each, entries[i]?.place as number) ? '' : 'duplicate '}${openerOf(each, entries[i]?.place as number)}`,
  )
}

/** The indices of the interfaces at which the flow counts in one snapshot. */
const countedAt = (memory: FlowMemory, entries: readonly Entry[]) =>
  verdicts(memory, entries).flatMap((verdict, i) =>
    verdict.startsWith('duplicate') ? [] : [placeOf(entries[i]?.place as number).ifindex],
  )

test('of the places that see a flow in one snapshot the one that saw it first counts, and goes on to count', (t) => {
  const memory = memoryOf(10)
  const uplink = entry('a', { ifindex: 2, flow: { firstSeen: 5 } })
  const bridge = entry('a', { ifindex: 1, flow: { firstSeen: 9 } })
  t.deepEqual(verdicts(memory, [bridge, uplink]), ['duplicate unknown', 'unknown'])
  const later = entry('a', { ifindex: 1, flow: { firstSeen: 11 } })
  t.deepEqual(verdicts(memory, [later]), ['duplicate unknown'])
})

test('of three places that see a flow in one snapshot the first to see it counts, in whatever order they are told', (t) => {
  const memory = memoryOf(10)
  t.deepEqual(verdicts(memory, [at(1, 9), at(2, 5), at(3, 7)]), ['duplicate unknown', 'unknown', 'duplicate unknown'])
  t.deepEqual(verdicts(memory, [at(3, 10), at(2, 11)]), ['duplicate unknown', 'unknown'])
})

test('once a snapshot has told which place counts, an earlier packet elsewhere does not change it', (t) => {
  const memory = memoryOf(10)
  t.deepEqual(verdicts(memory, [at(1, 9)]), ['unknown'])
  t.deepEqual(verdicts(memory, [at(2, 5)]), ['duplicate unknown'])
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
  t.deepEqual(verdicts(memory, [back]), ['source'])
})

test('each direction learns from the other who opened the connection, whichever is seen first', (t) => {
  const there = (flow: Partial<Flow>) => entry('there', { reverse: 'back', flow })
  const back = entry('back', { reverse: 'there', egress: true })
  t.deepEqual(verdicts(memoryOf(10), [there({ syns: 1, opener: 'source' }), back]), ['source', 'destination'])
  t.deepEqual(verdicts(memoryOf(10), [there({ opener: 'destination' }), back]), ['destination', 'source'])
  t.deepEqual(verdicts(memoryOf(10), [there({}), back]), ['unknown', 'unknown'])
})

test('a SYN is surer than a listener, before it and after it', (t) => {
  const flow = (seen: Partial<Flow>) => entry('there', { reverse: 'back', flow: seen })
  const listener = flow({ opener: 'destination' })
  const syn = flow({ syns: 1, opener: 'source' })
  const memory = memoryOf(10)
  t.deepEqual(verdicts(memory, [listener]), ['destination'])
  t.deepEqual(verdicts(memory, [syn]), ['source'])
  t.deepEqual(verdicts(memory, [listener]), ['source'])
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
  const full = memoryOf(2)
  verdicts(
    full,
    [...'abcd'].map((tuple) => entry(tuple)),
  )
  t.deepEqual(verdicts(full, [entry('e'), elsewhere]), ['unknown', 'unknown'])
})

test('what is seen again and again is remembered while generations come and go', (t) => {
  const memory = memoryOf(2)
  for (const tuples of ['ab', 'c', 'a', 'd', 'e']) {
    verdicts(
      memory,
      [...tuples].map((tuple) => entry(tuple)),
    )
  }
  t.deepEqual(verdicts(memory, [entry('a', { ifindex: 2 })]), ['duplicate unknown'])
})

test('a flow that has another way now counts there, after a while or as soon as the place is gone', (t) => {
  const memory = memoryOf(10)
  t.deepEqual(verdicts(memory, [at(1, 0)]), ['unknown'])
  t.deepEqual(verdicts(memory, [at(2, 1500)]), ['duplicate unknown'])
  t.deepEqual(verdicts(memory, [at(1, 1800), at(2, 1801)]), ['unknown', 'duplicate unknown'])
  t.deepEqual(verdicts(memory, [at(2, 3900)]), ['unknown'])
  t.deepEqual(verdicts(memory, [at(1, 4000)]), ['duplicate unknown'])
  memory.forget([{ netns: 0, ifindex: 2, egress: false }])
  t.deepEqual(verdicts(memory, [at(1, 4100)]), ['unknown'])
})

test('how long a flow has another way is told from when its own place saw it last, and not from other places', (t) => {
  const memory = memoryOf(10)
  t.deepEqual(verdicts(memory, [at(1, 0, 10_000)]), ['unknown'])
  t.deepEqual(verdicts(memory, [at(2, 11_000)]), ['duplicate unknown'])
  t.deepEqual(verdicts(memory, [at(2, 12_000)]), ['duplicate unknown'])
  t.deepEqual(verdicts(memory, [at(2, 12_001)]), ['unknown'])
})

test('a place that is gone is forgotten for flows of both generations, and for no other place', (t) => {
  const of = (tuple: string, ifindex: number) => entry(tuple, { ifindex })
  const memory = memoryOf(2)
  verdicts(memory, [of('a', 1), of('b', 3), of('c', 1)])
  memory.forget([{ netns: 0, ifindex: 1, egress: false }])
  t.deepEqual(verdicts(memory, [of('c', 2), of('a', 2), of('b', 2)]), ['unknown', 'unknown', 'duplicate unknown'])
})

test('places have numbers of their own, whichever of netns, index and direction differs', (t) => {
  const places = [0, 1, 65_535].flatMap((netns) =>
    [1, 2, 2 ** 31 - 1].flatMap((ifindex) => [true, false].map((egress) => placeNumber({ netns, ifindex, egress }))),
  )
  t.is(new Set(places).size, 18)
  t.deepEqual(placeOf(placeNumber({ netns: 65_535, ifindex: 2 ** 31 - 1, egress: true })), {
    netns: 65_535,
    ifindex: 2 ** 31 - 1,
    egress: true,
  })
})

test('a flow whose packets are far apart goes on to count at its place, in whatever order the records come', (t) => {
  const memory = memoryWith([1, 2])
  for (let second = 0; second < 20; second += 5) {
    const records = [at(2, 1000 * second + 1), at(1, 1000 * second)]
    t.deepEqual(countedAt(memory, records), [1])
    t.deepEqual(countedAt(memory, [at(1, 1000 * second + 2500), at(2, 1000 * second + 2501)]), [1])
  }
})

test('a packet that passes the second place in the next interval counts at the first, however long the flow was silent', (t) => {
  const memory = memoryWith([1, 2])
  t.deepEqual(countedAt(memory, [at(1, 0), at(2, 1)]), [1])
  t.deepEqual(countedAt(memory, [at(1, 60_000)]), [1])
  t.deepEqual(countedAt(memory, [at(2, 60_001)]), [])
})

test('equal tuples at places that do not lead to each other are other packets, and count at each', (t) => {
  const memory = memoryWith([1, 2], [3, 4])
  t.deepEqual(countedAt(memory, [at(2, 1), at(4, 6), at(3, 5), at(1, 0), at(5, 9)]), [3, 1, 5])
  t.deepEqual(countedAt(memory, [at(1, 10), at(2, 11), at(3, 12), at(4, 13), at(5, 14)]), [1, 3, 5])
})

test('of two ports of a bond both count, and what passes the bond counts at the port that it came in by', (t) => {
  const [first, second, bond] = [1, 2, 3]
  const memory = memoryWith([first, bond], [second, bond])
  t.deepEqual(countedAt(memory, [at(bond, 1), at(first, 0), at(second, 5)]), [first, second])
  // The first port fails: what the bond sees comes from the second.
  t.deepEqual(countedAt(memory, [at(bond, 9001), at(second, 9000)]), [second])
})

test('a place before the one that counts counts only in the snapshot in which the flow is new', (t) => {
  const [bond, first, second] = [1, 2, 3]
  const ways = [
    [bond, first],
    [bond, second],
  ] as const
  // The programs were put on the port first.
  t.deepEqual(countedAt(memoryWith(...ways), [at(first, 0), at(bond, 1), at(second, 2)]), [bond])
  const memory = memoryWith(...ways)
  t.deepEqual(countedAt(memory, [at(first, 0)]), [first])
  t.deepEqual(countedAt(memory, [at(bond, 1), at(first, 2)]), [first])
})

test('places one behind the other count at the first, and what a later one sees alone counts there', (t) => {
  const memory = memoryWith([1, 2], [2, 3], [3, 4])
  t.deepEqual(countedAt(memory, [at(4, 3), at(2, 1), at(3, 2), at(1, 0)]), [1])
  t.deepEqual(countedAt(memory, [at(3, 5000), at(4, 5001)]), [3])
  t.deepEqual(countedAt(memory, [at(4, 5002), at(3, 5001), at(2, 5000)]), [3])
})

test('in a circle of places one counts', (t) => {
  const memory = memoryWith([1, 2], [2, 3], [3, 1])
  t.deepEqual(countedAt(memory, [at(2, 1), at(3, 2), at(1, 0)]), [1])
  t.deepEqual(countedAt(memory, [at(3, 9), at(1, 7), at(2, 8)]), [1])
})

test('who opened a connection in one namespace says nothing of another one that has the same addresses and ports', (t) => {
  const syn = { syns: 1, opener: 'source' } as const
  const here = entry('a', { reverse: 'b', flow: { firstSeen: 1, ...syn } })
  const there = entry('a', { reverse: 'b', netns: 1, ifindex: 2, flow: { firstSeen: 2 } })
  const answer = entry('b', { reverse: 'a', netns: 1, ifindex: 2, egress: true, flow: { firstSeen: 3 } })
  t.deepEqual(verdicts(memoryWith(), [here, there, answer]), ['source', 'unknown', 'unknown'])
  // Where they are the same packets it does.
  t.deepEqual(verdicts(memoryWith([1, 2]), [here, there, answer]), ['source', 'duplicate source', 'unknown'])
  const memory = memoryWith()
  const later = entry('a', {
    reverse: 'b',
    netns: 1,
    ifindex: 2,
    flow: { firstSeen: 4, synAcks: 1, opener: 'destination' },
  })
  t.deepEqual(verdicts(memory, [here, later, answer]), ['source', 'destination', 'source'])
})
