import test from 'ava'
import { sumOf } from '../../lib/maps/sum.js'
import { FlowCounters } from '../../lib/monitors/flows/counters.js'
import type { Counts } from '../../lib/monitors/flows/flow.js'
import type { BpfObject } from '../../lib/object/bpf-object.js'

interface Key {
  readonly ifindex: number
  readonly netns: number
  readonly direction: number
}
type Counters = Record<'non_ip' | 'malformed' | 'refused' | 'filtered' | 'unsampled', Counts>

const counts = (packets: number): Counts => ({ packets, bytes: 100 * packets, segments: 3 * packets })
const nothing = {
  non_ip: counts(0),
  malformed: counts(0),
  refused: counts(0),
  filtered: counts(0),
  unsampled: counts(0),
}
const noPlace = { nonIp: counts(0), malformed: counts(0), lost: counts(0), filtered: counts(0), unsampled: counts(0) }

const slots = 65_536

/** The maps of the program, of a machine with two CPUs. */
function fakeObject() {
  const entries = new Map<string, [Key, Counters[]]>()
  const idOf = ({ ifindex, netns, direction }: Key) => `${ifindex} ${netns} ${direction}`
  let sketch = new Uint8Array(slots)
  const interfaces = {
    setEveryCpu: (key: Key, value: Counters) => entries.set(idOf(key), [key, [value, value]]),
    delete: (key: Key) => entries.delete(idOf(key)),
    sums: () => [...entries.values()].map(([key, cpus]) => [key, sumOf(cpus)]),
  }
  const sketches = {
    get: () => sketch,
    set: (_: number, value: Uint8Array) => {
      sketch = Uint8Array.from(value)
    },
  }
  const maps: Record<string, unknown> = { flow_interfaces: interfaces, flow_refused_sketch: sketches }
  return {
    object: { map: (name: string) => maps[name] } as unknown as BpfObject,
    keys: () => [...entries.keys()].sort(),
    count: (key: Key, ...cpus: Partial<Counters>[]) =>
      entries.set(idOf(key), [key, cpus.map((cpu) => ({ ...nothing, ...cpu }))]),
    /** As many flows as leave so many slots empty. */
    refuse: (empty: number) => sketch.fill(1, empty),
  }
}

function take(counters: FlowCounters) {
  const counted = counters.read()
  counted.take()
  return counted
}

const key = { ifindex: 5, netns: 1, direction: 1 }
const place = { ifindex: 5, netns: 1, egress: true }

test('what no place has room for has a place of its own in each namespace and direction', (t) => {
  const { object, keys } = fakeObject()
  const counters = new FlowCounters(object, 2)
  t.deepEqual(keys(), ['0 0 0', '0 0 1', '0 1 0', '0 1 1'])
  t.is(take(counters).places.length, 4)
})

test('each reason is the sum of all CPUs since the last time', (t) => {
  const { object, count } = fakeObject()
  const counters = new FlowCounters(object, 0)
  const [a, b] = [
    { non_ip: counts(1), malformed: counts(2), refused: counts(3), filtered: counts(4), unsampled: counts(5) },
    { non_ip: counts(10), malformed: counts(20), refused: counts(30), filtered: counts(40), unsampled: counts(50) },
  ]
  const sum = {
    nonIp: counts(11),
    malformed: counts(22),
    lost: counts(33),
    filtered: counts(44),
    unsampled: counts(55),
  }
  count(key, a, b)
  t.deepEqual(take(counters).places, [{ place, ...sum }])
  t.deepEqual(take(counters).places, [{ place, ...noPlace }])
  count(key, a, { ...b, filtered: counts(47) })
  t.deepEqual(take(counters).places, [{ place, ...noPlace, filtered: counts(7) }])
  count({ ...key, direction: 0 }, { malformed: counts(1) }, {})
  t.deepEqual(take(counters).places, [
    { place, ...noPlace },
    { place: { ...place, egress: false }, ...noPlace, malformed: counts(1) },
  ])
})

test('flows that were refused are estimated by the slots that they have marked since the last time', (t) => {
  const { object, count, refuse } = fakeObject()
  const counters = new FlowCounters(object, 0)
  t.is(take(counters).lostFlows, 0)
  count(key, { refused: counts(1) }, { refused: counts(70_000) })
  // n = -m ln(1/2)
  refuse(slots / 2)
  t.is(take(counters).lostFlows, 45_426)
  t.is(take(counters).lostFlows, 0)
  // Whatever was marked before.
  count(key, { refused: counts(2) }, { refused: counts(70_000) })
  refuse(slots - 1)
  t.is(take(counters).lostFlows, 1)
  // All are marked: as many as would leave one.
  count(key, { refused: counts(1_000_000) }, {})
  refuse(0)
  t.is(take(counters).lostFlows, 726_817)
})

test('a mark without a packet that is counted waits for the next time', (t) => {
  const { object, count, refuse } = fakeObject()
  const counters = new FlowCounters(object, 0)
  refuse(slots - 1)
  t.is(take(counters).lostFlows, 0)
  count(key, { refused: counts(1) }, {})
  t.is(take(counters).lostFlows, 1)
})

test('the entry of a place that is gone is given back, and counting goes on as if it had not been', (t) => {
  const { object, count, keys, refuse } = fakeObject()
  const counters = new FlowCounters(object, 0)
  const other = { ...key, ifindex: 6 }
  count(key, { refused: counts(50) }, {})
  count(other, { refused: counts(1) }, {})
  take(counters)
  counters.forget([place, { ...place, ifindex: 77 }])
  t.deepEqual(keys(), ['6 1 1'])
  // Fewer than were counted before, but more than are left.
  count(other, { refused: counts(4) }, {})
  refuse(slots - 2)
  const { places, lostFlows } = take(counters)
  t.deepEqual(places, [{ place: { ...place, ifindex: 6 }, ...noPlace, lost: counts(3) }])
  t.is(lostFlows, 2)
  // Its number is given to another interface.
  count(key, { refused: counts(8) }, {})
  t.deepEqual(take(counters).places[1], { place, ...noPlace, lost: counts(8) })
})

test('counts that were read and not taken are read again', (t) => {
  const { object, count, refuse } = fakeObject()
  const counters = new FlowCounters(object, 0)
  count(key, { refused: counts(1) })
  refuse(slots - 1)
  t.is(counters.read().lostFlows, 1)
  count(key, { refused: counts(3) })
  refuse(slots - 1)
  const { places, lostFlows } = take(counters)
  t.deepEqual(places, [{ place, ...noPlace, lost: counts(3) }])
  t.is(lostFlows, 2)
  t.deepEqual(take(counters).places, [{ place, ...noPlace }])
})
