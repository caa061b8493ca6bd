import test from 'ava'
import type { DecodedFlow, FlowEntry } from '../../lib/monitors/flow-decoder.js'
import { FlowMemory } from '../../lib/monitors/flow-memory.js'

const entry = (
  tuple: string,
  options: { reverse?: string; ifindex?: number; egress?: boolean; flow?: Partial<DecodedFlow> } = {},
): FlowEntry => ({
  tuple,
  reverse: () => options.reverse ?? `${tuple} reversed`,
  place: { netns: 0, ifindex: options.ifindex ?? 1, egress: options.egress ?? false },
  flow: {
    sourceAddress: '192.0.2.1',
    firstSeen: 0,
    syns: 0,
    synAcks: 0,
    opener: 'unknown',
    ...options.flow,
  } as DecodedFlow,
})

const verdicts = (memory: FlowMemory, entries: readonly FlowEntry[]) =>
  memory.resolve(entries, (_, { duplicate, opener }) => `${duplicate ? 'duplicate ' : ''}${opener}`)

test('of the places that see a flow in one snapshot the one that saw it first counts, and goes on to count', (t) => {
  const memory = new FlowMemory(10)
  const uplink = entry('a', { ifindex: 2, flow: { firstSeen: 5 } })
  const bridge = entry('a', { ifindex: 1, flow: { firstSeen: 9 } })
  t.deepEqual(verdicts(memory, [bridge, uplink]), ['duplicate unknown', 'unknown'])
  const later = entry('a', { ifindex: 1, flow: { firstSeen: 11 } })
  t.deepEqual(verdicts(memory, [later]), ['duplicate unknown'])
})

test('the other direction of an interface is another place', (t) => {
  const both = [entry('a', { egress: true, flow: { firstSeen: 1 } }), entry('a', { flow: { firstSeen: 2 } })]
  t.deepEqual(verdicts(new FlowMemory(10), both), ['unknown', 'duplicate unknown'])
})

test('what hosts without an address send is no duplicate', (t) => {
  for (const sourceAddress of ['::', '0.0.0.0']) {
    const flow = { sourceAddress }
    t.deepEqual(verdicts(new FlowMemory(10), [entry('a', { flow }), entry('a', { egress: true, flow })]), [
      'unknown',
      'unknown',
    ])
  }
})

test('who opened a connection is known of both directions, and in the intervals after its SYN', (t) => {
  const memory = new FlowMemory(10)
  const there = (flow?: Partial<DecodedFlow>) => entry('there', { reverse: 'back', ...(flow && { flow }) })
  const back = entry('back', { reverse: 'there', egress: true })
  t.deepEqual(verdicts(memory, [back, there({ syns: 1, opener: 'source' })]), ['destination', 'source'])
  t.deepEqual(verdicts(memory, [there(), back]), ['source', 'destination'])
  // The same ports again, from the other side.
  t.deepEqual(verdicts(memory, [there({ synAcks: 1, opener: 'destination' })]), ['destination'])
})

test('what has not been seen for as long as it takes to fill a generation is forgotten', (t) => {
  const memory = new FlowMemory(2)
  const [first, elsewhere] = [entry('a'), entry('a', { ifindex: 2 })]
  verdicts(memory, [first, entry('b')])
  t.deepEqual(verdicts(memory, [elsewhere, entry('c')]), ['duplicate unknown', 'unknown'])
  verdicts(memory, [entry('d')])
  verdicts(memory, [entry('e')])
  verdicts(memory, [entry('f')])
  verdicts(memory, [entry('g')])
  t.deepEqual(verdicts(memory, [elsewhere]), ['unknown'])
})
