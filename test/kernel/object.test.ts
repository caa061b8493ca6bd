import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import test from 'ava'
import { open, VerifierError } from 'ebpf'
import { fixture } from '../helpers/fixture.js'
import '../helpers/no-leaks.js'

const path = fixture('handles')

/** Opens the fixture with only the programs named, so that it loads on every kernel. */
function openWith(...programs: string[]) {
  const object = open(path)
  for (const program of object.programs.values()) program.autoload = programs.includes(program.name)
  return object
}

test('an object loads from a path and from bytes', async (t) => {
  for (const source of [path, readFileSync(path)]) {
    const object = open(source)
    for (const program of object.programs.values()) program.autoload = program.name === 'run_once'
    using bpf = await object.load()
    t.true(bpf.mapNames.includes('hits'))
    t.is(bpf.program('run_once').run({ data: new Uint8Array(64) }).returnValue, 64)
  }
})

test('globals that are set before load are what the programs see, const volatile ones too', (t) => {
  const object = openWith('run_once')
  t.is(object.globals.events_per_run, 1)
  t.is(object.globals.bias, -7)
  object.globals.events_per_run = 3
  object.globals.runs = 40n
  using bpf = object.loadSync()
  bpf.program('run_once').run({ data: new Uint8Array(64) })
  using events = bpf.ringbuf('events', { type: 'event' })
  t.is(events.read().length, 3)
  t.is(bpf.globals.runs, 41n)
})

test('globals are live after load, and const volatile ones refuse to be set', (t) => {
  using bpf = openWith('run_once').loadSync()
  bpf.globals.runs = 7n
  bpf.program('run_once').run({ data: new Uint8Array(64), repeat: 5 })
  t.is(bpf.globals.runs, 12n)
  const error = t.throws(() => {
    bpf.globals.events_per_run = 2
  })
  t.regex(error.message, /constants .* cannot be changed after load/)
})

test('a global that is not there, out of range or of the wrong type is refused by name', (t) => {
  using object = openWith('run_once')
  t.throws(() => (object.globals.no_such = 1), { instanceOf: TypeError, message: /no_such/ })
  t.throws(() => (object.globals.events_per_run = 2 ** 32), { instanceOf: RangeError, message: /4294967296/ })
  t.throws(() => (object.globals.events_per_run = 'many'), { instanceOf: TypeError, message: /many/ })
})

test('maxEntries set before load is what the kernel makes', (t) => {
  const object = openWith('run_once')
  object.map('hits').maxEntries = 5
  t.throws(() => (object.map('hits').maxEntries = 0), { instanceOf: RangeError, message: /hits.*0/ })
  using bpf = object.loadSync()
  const hits = bpf.map<number, { hits: bigint; last: number; pad: number }>('hits')
  t.is(hits.maxEntries, 5)
  for (let key = 0; key < 5; key++) hits.set(key, { hits: 1n, last: key, pad: 0 })
  t.throws(() => hits.set(5, { hits: 1n, last: 5, pad: 0 }), { code: 'E2BIG' })
})

test('a refused program rejects with VerifierError that holds the log and the reason', async (t) => {
  const error = await t.throwsAsync(openWith('refused').load(), { instanceOf: VerifierError })
  t.is(error.program, 'refused')
  t.regex(error.verifierLog, /R\d/)
  t.regex(error.message, /refused program refused: .*(invalid|R\d)/)
  t.true(error.log.length >= error.verifierLog.length)
})

test('the error of a failed load has the frame of whom it is for, whether it is awaited or not', async (t) => {
  const awaitsIt = async () => openWith('refused').load()
  const handlesIt = () =>
    openWith('refused')
      .load()
      .catch((error: Error) => error)
  t.regex((await t.throwsAsync(awaitsIt))?.stack ?? '', /^\s+at .*\bawaitsIt\b.*object\.test/m)
  const error = await handlesIt()
  t.regex((error as Error).stack ?? '', /refused program refused: .*\n\s+at .*\bhandlesIt\b/)
})

test("an uncaught VerifierError prints the verifier's log once", async (t) => {
  const error = await t.throwsAsync(openWith('refused').load(), { instanceOf: VerifierError })
  // A part of the log that does not contain the reason.
  const line = error.verifierLog.split('\n').find((text) => /^\d+: /.test(text)) ?? ''
  t.true(line.length > 4, error.verifierLog)
  t.is(inspect(error).split(line.slice(0, 40)).length - 1, 1)
  t.true(error.log.includes(line))
})

test('a failed load uses the object up and frees it', async (t) => {
  const object = openWith('refused')
  await t.throwsAsync(object.load())
  t.true(object.closed)
  await t.throwsAsync(object.load(), { code: 'EBADF' })
})

test('using a closed object throws, closing it again does not', (t) => {
  const bpf = openWith('run_once').loadSync()
  const program = bpf.program('run_once')
  const hits = bpf.map('hits')
  bpf.close()
  bpf.close()
  t.throws(() => program.run(), { code: 'EBADF' })
  t.throws(() => [...hits], { code: 'EBADF' })
  t.throws(() => bpf.map('events'), { code: 'EBADF' })
  t.throws(() => bpf.globals.runs, { code: 'EBADF' })
})

test('a name that is not there is refused with the names that are', (t) => {
  using bpf = openWith('run_once').loadSync()
  const hits = bpf.map('hits')
  const raw = bpf.map('hits', { value: 'raw' })
  t.not(raw, hits as never)
  t.is(bpf.map('hits', { value: 'raw' }), raw)
  t.is(bpf.map('hits'), hits as never)
  t.throws(() => bpf.map('hitz'), { instanceOf: RangeError, message: /'hitz'.*hits/ })
  t.throws(() => bpf.program('nope'), { instanceOf: RangeError, message: /'nope'.*run_once/ })
})

test('a program that was not loaded says so', (t) => {
  using bpf = openWith('run_once').loadSync()
  t.throws(() => bpf.program('on_kprobe').run(), { message: /on_kprobe/ })
})

test('a second load at the same time is EBUSY, and leaves the first alone', async (t) => {
  const object = openWith('run_once')
  const first = object.load()
  await t.throwsAsync(object.load(), { code: 'EBUSY', message: /is being loaded/ })
  t.throws(() => object.loadSync(), { code: 'EBUSY' })
  t.false(object.closed)
  using bpf = await first
  t.is(bpf.program('run_once').name, 'run_once')
  const closed = openWith('run_once')
  const loading = closed.load()
  closed.close()
  await t.throwsAsync(loading, { code: 'ECANCELED' })
})
