import test from 'ava'
import type { RecordBatch } from '../../lib/events/record-batch.js'
import { RecordStream } from '../../lib/events/record-stream.js'

/** Batches of numbers, and what was done to each. */
function source(batches: number[][], fail?: number) {
  const log: string[] = []
  async function* generate() {
    for (const numbers of batches) {
      await null
      const batch = {
        *[Symbol.iterator]() {
          for (const number of numbers) {
            if (number === fail) throw new Error(`cannot decode ${number}`)
            yield number
          }
        },
        keepRest: () => log.push(`keep ${numbers}`),
      }
      try {
        yield batch as unknown as RecordBatch<number>
      } finally {
        log.push(`release ${numbers}`)
      }
    }
  }
  return { stream: new RecordStream(generate()), log }
}

test('the records of all batches come in order', async (t) => {
  const { stream, log } = source([[1, 2], [], [3]])
  const seen: number[] = []
  for await (const record of stream) seen.push(record)
  t.deepEqual(seen, [1, 2, 3])
  t.deepEqual(log, ['keep 1,2', 'release 1,2', 'keep ', 'release ', 'keep 3', 'release 3'])
  t.deepEqual(await stream.next(), { value: undefined, done: true })
})

test('leaving the loop leaves the rest and releases the batch', async (t) => {
  const { stream, log } = source([[1, 2, 3], [4]])
  for await (const record of stream) if (record === 2) break
  t.deepEqual(log, ['keep 1,2,3', 'release 1,2,3'])
  t.true((await stream.next()).done)
})

test('several calls of next at once are served one after the other', async (t) => {
  const { stream } = source([[1, 2], [3]])
  const results = await Promise.all([1, 2, 3, 4, 5].map(() => stream.next()))
  t.deepEqual(
    results.map(({ value }) => value),
    [1, 2, 3, undefined, undefined],
  )
})

test('a call of next that comes while another waits is served after that', async (t) => {
  const { stream } = source([[1, 2, 3]])
  const [first, second] = [stream.next(), stream.next()]
  const third = first.then(() => stream.next())
  t.deepEqual([(await first).value, (await second).value, (await third).value], [1, 2, 3])
})

test('what decoding throws ends the stream', async (t) => {
  for (const records of [
    [1, 2, 3],
    [2, 3],
  ]) {
    const { stream, log } = source([records], 2)
    const seen: number[] = []
    const reading = async () => {
      for await (const record of stream) seen.push(record)
    }
    await t.throwsAsync(reading, { message: 'cannot decode 2' })
    t.deepEqual(seen, records[0] === 1 ? [1] : [])
    t.deepEqual(log, [`keep ${records}`, `release ${records}`])
    t.true((await stream.next()).done)
  }
})

test('throw ends it with that error, return without one', async (t) => {
  const thrown = source([[1, 2]])
  await thrown.stream.next()
  await t.throwsAsync(thrown.stream.throw(new Error('mine')), { message: 'mine' })
  const returned = source([[1, 2]])
  await returned.stream.next()
  t.deepEqual(await returned.stream.return(), { value: undefined, done: true })
  t.deepEqual(returned.log, ['keep 1,2', 'release 1,2'])
})
