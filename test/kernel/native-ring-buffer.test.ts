import { setTimeout as sleep } from 'node:timers/promises'
import { BpfError } from 'ebpf'
import type { NativeMap, NativeObject, NativeProgram, NativeRingBuffer } from '../../lib/internal/binding.js'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { binding } from '../native/addon.js'

const discarded = 1 << 30
const headerSize = 8

interface Ring {
  readonly object: NativeObject
  readonly program: NativeProgram
  readonly map: NativeMap
  readonly ring: NativeRingBuffer
  /** Runs the program once; it writes `records` records. */
  produce(): void
  close(): void
}

function open(records = 1): Ring {
  const object = binding.openObject(fixture('native_ringbuf'), {})
  const constants = object.maps().findIndex(({ name }) => name.endsWith('.rodata'))
  object.writeGlobal(constants, 0, new Uint8Array(new Uint32Array([records]).buffer))
  object.loadSync()
  const program = object.program(0)
  const map = object.map(object.maps().findIndex(({ name }) => name === 'events'))
  const ring = binding.openRingBuffer(map)
  return {
    object,
    program,
    map,
    ring,
    produce: () => binding.runProgram(program.fd, 'program emit', { data: new Uint8Array(64) }),
    close: () => {
      ring.close()
      map.close()
      object.close()
    },
  }
}

/** The sequence numbers of the records in the run; fails if a byte was not written by the program. */
function sequences(ring: NativeRingBuffer, bytes: number): number[] {
  const view = new DataView(ring.data, ring.offset, bytes)
  const found: number[] = []
  for (let at = 0; at < bytes; ) {
    const header = view.getUint32(at, true)
    const length = header & ~discarded
    const sequence = Number(view.getBigUint64(at + headerSize, true))
    if (header & discarded) {
      if (length !== 72) throw new Error(`a discarded record of ${length} bytes`)
    } else {
      if (length !== 8 + (sequence & 63)) throw new Error(`record ${sequence} has ${length} bytes`)
      for (let i = 8; i < length; i++) {
        if (view.getUint8(at + headerSize + i) !== (sequence & 0xff)) throw new Error(`record ${sequence} is damaged`)
      }
      found.push(sequence)
    }
    at += (headerSize + length + 7) & ~7
  }
  return found
}

const readable = (ring: NativeRingBuffer) => new Promise<number>((resolve) => ring.wait(resolve))

kernelTest('a ring is empty, then holds what was produced, then is empty again', {}, (t) => {
  const { ring, produce, close } = open(3)
  t.is(ring.size, 4096)
  t.is(ring.data.byteLength, 8192)
  t.is(ring.acquire(0), 0)
  produce()
  const bytes = ring.acquire(0)
  t.deepEqual(sequences(ring, bytes), [0, 1, 2])
  t.is(ring.acquire(0), bytes)
  ring.release(bytes)
  t.is(ring.acquire(0), 0)
  const { producer, consumer } = ring.positions()
  t.is(producer, consumer)
  t.is(producer, BigInt(bytes))
  close()
})

kernelTest('records stay whole and in order over a thousand wraps', {}, (t) => {
  const { ring, produce, close } = open(40)
  let next = 0
  while (ring.positions().consumer < 4096n * 1000n) {
    produce()
    const bytes = ring.acquire(0)
    for (const sequence of sequences(ring, bytes)) {
      if (sequence !== next) t.fail(`record ${sequence} came instead of ${next}`)
      next += 1
    }
    ring.release(bytes)
  }
  t.true(next > 50_000)
  close()
})

kernelTest('a full ring refuses records and loses none that it took', {}, (t) => {
  const { ring, produce, close } = open(1000)
  produce()
  const bytes = ring.acquire(0)
  t.true(bytes > 3900 && bytes <= 4096)
  const first = sequences(ring, bytes)
  t.deepEqual(
    first,
    first.map((_, i) => i),
  )
  ring.release(bytes)
  produce()
  t.is(sequences(ring, ring.acquire(0))[0], first.length)
  close()
})

kernelTest('a limit cuts between records, but never below one', {}, (t) => {
  const { ring, produce, close } = open(10)
  produce()
  const all = ring.acquire(0)
  t.true(ring.acquire(200) <= 200)
  const seen: number[] = []
  for (let bytes = ring.acquire(1); bytes > 0; bytes = ring.acquire(1)) {
    const some = sequences(ring, bytes)
    t.true(some.length <= 1)
    seen.push(...some)
    ring.release(bytes)
  }
  t.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  t.is(ring.positions().consumer, BigInt(all))
  close()
})

kernelTest('only what was acquired is released', {}, (t) => {
  const { ring, produce, close } = open(2)
  t.throws(() => ring.release(8), { instanceOf: RangeError, message: /up to the 0 acquired, not 8/ })
  produce()
  const bytes = ring.acquire(0)
  t.throws(() => ring.release(bytes + 8), { instanceOf: RangeError, message: new RegExp(`${bytes} acquired`) })
  t.throws(() => ring.release(4), { instanceOf: RangeError, message: /multiple of 8/ })
  t.throws(() => ring.release(-8), { instanceOf: RangeError })
  t.throws(() => ring.acquire(Number.NaN), { instanceOf: RangeError, message: /limit/ })
  ring.release(80)
  ring.release(bytes - 80)
  t.throws(() => ring.release(8), { instanceOf: RangeError })
  close()
})

kernelTest('a wait ends when something is produced, at once when it was before', {}, async (t) => {
  const { ring, produce, close } = open()
  let woken = false
  const waiting = readable(ring).then((errno) => {
    woken = true
    return errno
  })
  await sleep(50)
  t.false(woken)
  produce()
  t.is(await waiting, 0)
  t.is(await readable(ring), 0)
  ring.release(ring.acquire(0))
  close()
})

kernelTest('ten thousand waits lose no wake-up', {}, async (t) => {
  const { ring, produce, close } = open()
  const producing = (async () => {
    for (let i = 0; i < 10_000; i++) {
      produce()
      if (i % 3 === 0) await null
      else await new Promise((resolve) => setImmediate(resolve))
    }
  })()
  let next = 0
  while (next < 10_000) {
    await readable(ring)
    const bytes = ring.acquire(0)
    next += sequences(ring, bytes).length
    ring.release(bytes)
  }
  await producing
  t.is(next, 10_000)
  close()
})

kernelTest('waiting twice is EBUSY, a cancelled wait calls nobody and leaves room for another', {}, async (t) => {
  const { ring, produce, close } = open()
  ring.wait(() => t.fail('a cancelled wait called back'))
  t.throws(() => ring.wait(() => {}), {
    instanceOf: BpfError,
    code: 'EBUSY',
    message: /events is already being waited for/,
  })
  ring.cancel()
  ring.cancel()
  produce()
  await sleep(20)
  t.is(await readable(ring), 0)
  close()
})

kernelTest('a wait may be renewed inside its callback', {}, async (t) => {
  const { ring, produce, close } = open()
  produce()
  await new Promise<void>((resolve) => {
    ring.wait(() => ring.wait(() => resolve()))
  })
  t.pass()
  close()
})

kernelTest('closing during a wait ends it without a call', {}, async (t) => {
  const { ring, produce, close } = open()
  ring.wait(() => t.fail('a closed ring called back'))
  produce()
  ring.close()
  await sleep(20)
  t.pass()
  close()
})

kernelTest('closing a ring inside its own callback is safe', {}, async (t) => {
  const { ring, produce, close } = open()
  produce()
  await new Promise<void>((resolve) => {
    ring.wait(() => {
      close()
      resolve()
    })
  })
  t.is(ring.data.byteLength, 0)
})

kernelTest('a closed ring is detached and answers EBADF, and closing it again is nothing', {}, (t) => {
  const { ring, close } = open()
  const { data } = ring
  const view = new DataView(data)
  close()
  ring.close()
  t.is(data.byteLength, 0)
  t.throws(() => view.getUint8(0), { instanceOf: TypeError })
  const closed = { instanceOf: BpfError, code: 'EBADF', message: /events is closed/ }
  t.throws(() => ring.acquire(0), closed)
  t.throws(() => ring.release(0), closed)
  t.throws(() => ring.positions(), closed)
  t.throws(() => ring.wait(() => {}), closed)
})

kernelTest('a ring outlives its map’s handle and its object', {}, (t) => {
  const { ring, map, object, produce } = open()
  produce()
  map.close()
  object.close()
  const bytes = ring.acquire(0)
  t.deepEqual(sequences(ring, bytes), [0])
  ring.release(bytes)
  ring.close()
})

kernelTest('the next reader of a ring goes on where the last left off, also around many wraps', {}, (t) => {
  const { ring, map, produce, close } = open(3)
  produce()
  ring.release(ring.acquire(0))
  ring.close()
  for (let run = 1; run < 200; run++) {
    const next = binding.openRingBuffer(map)
    produce()
    const bytes = next.acquire(0)
    t.deepEqual(sequences(next, bytes), [3 * run, 3 * run + 1, 3 * run + 2])
    next.release(bytes)
    next.close()
  }
  close()
})

kernelTest('a map of another type is no ring buffer', {}, (t) => {
  const map = binding.createMap({ type: 2, name: 'plain', keySize: 4, valueSize: 4, maxEntries: 1 })
  t.throws(() => binding.openRingBuffer(map), {
    instanceOf: BpfError,
    code: 'EINVAL',
    message: /plain is not a ring buffer/,
  })
  map.close()
})
