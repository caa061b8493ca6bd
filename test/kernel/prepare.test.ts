import test from 'ava'
import { BpfError, NotSupportedError, open, VerifierError } from 'ebpf'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { isOlderThan } from '../helpers/kernel-version.js'

const packet = new Uint8Array(64)

function openSecret(...programs: readonly string[]) {
  const object = open(fixture('streams'))
  for (const program of object.programs.values()) program.autoload = programs.includes(program.name)
  return object
}

test('maps that were filled between prepare and load are what the programs read', async (t) => {
  const prepared = await openSecret('owner').prepare()
  const secret = prepared.map<number, bigint>('secret')
  t.deepEqual(prepared.mapNames.includes('secret'), true)
  secret.set(0, 41n)
  const bpf = await prepared.load()
  t.true(prepared.closed)
  t.is(bpf.map('secret'), secret)
  t.is(bpf.program('owner').run({ data: packet }).returnValue, 41)
  secret.set(0, 42n)
  t.is(bpf.program('owner').run({ data: packet }).returnValue, 42)
  bpf.close()
  t.throws(() => secret.get(0), { code: 'EBADF' })
})

test('a prepared object loads on the calling thread too', async (t) => {
  using prepared = await openSecret('owner').prepare()
  prepared.map<number, bigint>('secret').set(0, 7n)
  using bpf = prepared.loadSync()
  t.is(bpf.program('owner').run({ data: packet }).returnValue, 7)
})

test('what was prepared can no longer be configured, prepared or loaded from the open object', async (t) => {
  using object = openSecret('owner')
  using _prepared = await object.prepare()
  t.throws(
    () => {
      object.map('secret').maxEntries = 2
    },
    { instanceOf: BpfError, code: 'EBUSY', message: /maps exist already/ },
  )
  t.throws(
    () => {
      const program = object.programs.get('stranger')
      if (program) program.autoload = true
    },
    { instanceOf: BpfError, code: 'EBUSY' },
  )
  const again = { instanceOf: BpfError, code: 'EINVAL', message: /is already prepared: load what prepare\(\) returned/ }
  await t.throwsAsync(object.prepare(), again)
  await t.throwsAsync(object.load(), again)
  t.throws(() => object.loadSync(), again)
})

test('one step of an object at a time: a second one is refused, and the first goes on', async (t) => {
  const busy = { instanceOf: BpfError, code: 'EBUSY' }
  const object = openSecret('owner')
  const preparing = object.prepare()
  await t.throwsAsync(object.prepare(), { ...busy, message: /is being prepared/ })
  await t.throwsAsync(object.load(), busy)
  const prepared = await preparing
  const loading = prepared.load()
  await t.throwsAsync(prepared.load(), { ...busy, message: /is being loaded/ })
  t.throws(() => prepared.loadSync(), busy)
  ;(await loading).close()
})

test('a prepared object that is closed, before or while it loads, leaves nothing', async (t) => {
  const prepared = await openSecret('owner').prepare()
  const secret = prepared.map('secret')
  prepared.close()
  prepared.close()
  t.throws(() => secret.get(0), { code: 'EBADF' })
  await t.throwsAsync(prepared.load(), { instanceOf: BpfError, code: 'EBADF' })
  const open = await openSecret('owner').prepare()
  const loading = open.load()
  open.close()
  await t.throwsAsync(loading, { instanceOf: BpfError, code: 'ECANCELED' })
})

test('a program that the verifier refuses fails load, not prepare', async (t) => {
  const prepared = await openSecret('refused').prepare()
  await t.throwsAsync(prepared.load(), { instanceOf: VerifierError })
  t.true(prepared.closed)
})

kernelTest('only the exclusive program of a map may use it', { needs: ['exclusive_map'] }, async (t) => {
  const alone = openSecret('owner')
  t.is(alone.map('secret').exclusiveProgram, undefined)
  alone.map('secret').exclusiveProgram = 'owner'
  t.is(alone.map('secret').exclusiveProgram, 'owner')
  using bpf = await alone.load()
  bpf.map<number, bigint>('secret').set(0, 5n)
  t.is(bpf.program('owner').run({ data: packet }).returnValue, 5)

  const both = openSecret('owner', 'stranger')
  both.map('secret').exclusiveProgram = 'owner'
  await t.throwsAsync(both.load(), { instanceOf: BpfError, message: /stranger|excl/i })
  using open = openSecret('owner')
  t.throws(
    () => {
      open.map('secret').exclusiveProgram = 'nobody'
    },
    { instanceOf: RangeError, message: /'nobody'/ },
  )
})

test('a kernel without exclusive maps says so', async (t) => {
  if (!isOlderThan('6.18')) {
    t.pass('this kernel has them')
    return
  }
  for (const step of ['load', 'prepare'] as const) {
    const object = openSecret('owner')
    object.map('secret').exclusiveProgram = 'owner'
    await t.throwsAsync<NotSupportedError>(object[step](), {
      instanceOf: NotSupportedError,
      message: /needs Linux 6\.18/,
    })
  }
})
