import { load, now, print, run, warmUp } from './subject.mjs'

/** ringbuf-drain OBJECT PROGRAM SAMPLES LEVEL: reads a full ring, one field of each record or all. */
const [path, name, samples, level] = process.argv.slice(2)

let records = 0
let sum = 0

/** As the peers do: every field is used, and what is made of them stays a small integer. */
function use({ sequence, pid, uid, saddr, daddr, length, sport, dport }) {
  records += 1
  sum ^= sequence ^ pid ^ uid ^ saddr ^ daddr ^ length ^ sport ^ dport
}

function useTimed({ sequence, pid, time, total, saddr, daddr, sport, dport }) {
  records += 1
  sum ^= sequence ^ pid ^ saddr ^ daddr ^ sport ^ dport ^ (time === total ? 1 : 0)
}

const objects = (consume) => async (ring, count) => {
  for await (const batch of ring.batches()) {
    for (const record of batch) consume(record)
    if (records >= count) return
  }
}

const levels = {
  cursor: {
    async drain(ring, count) {
      for await (const batch of ring.batches()) {
        batch.forEachCursor((record) => {
          records += 1
          sum ^= record.u32(0)
        })
        if (records >= count) return
      }
    },
  },
  objects: { type: 'event', drain: objects(use) },
  'objects-int64': { type: 'timed_event', drain: objects(useTimed) },
  'objects-number': { type: 'timed_event', int64: 'number', drain: objects(useTimed) },
  read: {
    type: 'event',
    async drain(ring) {
      for (const record of ring.read()) use(record)
    },
  },
  callback: {
    type: 'event',
    async drain(ring, count) {
      const controller = new AbortController()
      await ring.forEach(
        (record) => {
          use(record)
          if (records === count) controller.abort()
        },
        { signal: controller.signal },
      )
    },
  },
  'for-await': {
    type: 'event',
    async drain(ring, count) {
      for await (const record of ring) {
        use(record)
        if (records === count) return
      }
    },
  },
  bytes: {
    async drain(ring, count) {
      for await (const batch of ring.batches()) {
        for (const record of batch) {
          records += 1
          sum ^= record[0]
        }
        if (records >= count) return
      }
    },
  },
}

const { drain, ...decoding } = levels[level]
const bpf = load(path, [name])
const program = bpf.program(name)
const counts = bpf.map('counts')
const ring = bpf.ringbuf('records', decoding)
const times = []
let before = 0
// The first turns warm up and are not told.
for (let i = -warmUp; i < Number(samples); i++) {
  while (run(program, 20_000) === 0);
  const written = Number(counts.getSum(0).written)
  const count = written - before
  before = written
  records = 0
  const start = now()
  await drain(ring, count)
  const time = now() - start
  if (records !== count) throw new Error(`${records} of ${count} records were read`)
  if (i >= 0) times.push(time / records)
}
console.error(sum)
print({ time: times })
ring.close()
bpf.close()
