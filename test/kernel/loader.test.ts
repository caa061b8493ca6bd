import { existsSync, fstatSync, readdirSync } from 'node:fs'
import test from 'ava'
import { BpfError, type Keyring, type Loader, NotSupportedError, type OpenObject, open, VerifierError } from 'ebpf'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { isOlderThan } from '../helpers/kernel-version.js'

const packet = new Uint8Array(64)
const needs = ['syscall'] as const

function openOnly(name: string, ...programs: readonly string[]): OpenObject {
  const object = open(fixture(name))
  for (const program of object.programs.values()) program.autoload = programs.includes(program.name)
  return object
}

const handles = () => open(fixture('handles'))
const generateOnly = (name: string, ...programs: readonly string[]) => openOnly(name, ...programs).generateLoader()

/** A copy in which a 64-bit number is replaced by another. */
function withNumber(bytes: Uint8Array, from: bigint, to: bigint): Uint8Array {
  const copy = Buffer.from(bytes)
  const pattern = Buffer.alloc(8)
  pattern.writeBigUInt64LE(from)
  const at = copy.indexOf(pattern)
  if (at === -1) throw new Error(`the data does not hold ${from}`)
  copy.writeBigUInt64LE(to, at)
  return copy
}

kernelTest(
  'what a loader loads is the object: globals, maps, rings, maps of maps and attaching',
  { needs },
  async (t) => {
    const object = openOnly('handles', 'run_once', 'on_raw_tp')
    object.globals.events_per_run = 3
    object.globals.runs = 41n
    object.map('hits').maxEntries = 17
    const loader = await object.generateLoader()
    t.true(object.closed)
    t.deepEqual([...loader.programs].sort(), ['on_raw_tp', 'run_once'])
    using bpf = await handles().runLoader(loader)
    t.is(bpf.globals.events_per_run, 3)
    t.is(bpf.globals.runs, 41n)
    t.is(bpf.map('hits').maxEntries, 17)
    using ring = bpf.ringbuf<{ sequence: bigint; text: string }>('events', { type: 'event' })
    bpf.program('run_once').run({ data: packet })
    t.is(bpf.globals.runs, 42n)
    const records = await ring.poll()
    t.deepEqual(
      records.map(({ sequence }) => sequence),
      [42n, 42n, 42n],
    )
    t.is(bpf.map<number, bigint>('inner_a').get(7), 1n)
    bpf.globals.runs = 7n
    bpf.program('run_once').run({ data: packet })
    t.is(bpf.globals.runs, 8n)
    t.throws(
      () => {
        bpf.globals.events_per_run = 1
      },
      { instanceOf: BpfError, code: 'EROFS' },
    )
    using links = bpf.attach()
    t.is(links.length, 1)
    t.throws(() => bpf.program('on_tracepoint'), { instanceOf: BpfError, code: 'ENOENT', message: /autoload is off/ })
  },
)

kernelTest('a loader can be run many times, each time for maps of its own', { needs }, async (t) => {
  const loader = await generateOnly('handles', 'run_once')
  using first = await handles().runLoader(loader)
  using second = await handles().runLoader(loader)
  first.program('run_once').run({ data: packet })
  t.is(first.globals.runs, 1n)
  t.is(second.globals.runs, 0n)
})

test('the same object gives the same loader, byte for byte', async (t) => {
  t.deepEqual(await generateOnly('handles', 'run_once'), await generateOnly('handles', 'run_once'))
  const hashed = await openOnly('handles', 'run_once').generateLoader({ hash: true })
  t.deepEqual(hashed, await openOnly('handles', 'run_once').generateLoader({ hash: true }))
  t.notDeepEqual(hashed.instructions, (await generateOnly('handles', 'run_once')).instructions)
})

kernelTest(
  'a loader without a hash takes other data, with one it refuses them',
  { needs: ['exclusive_map'] },
  async (t) => {
    const generate = (hash: boolean) => {
      const object = openOnly('handles', 'run_once')
      object.globals.runs = 0x1122_3344_5566n
      return object.generateLoader({ hash })
    }
    const changed = (loader: Loader) =>
      Object.assign({}, loader, { data: withNumber(loader.data, 0x1122_3344_5566n, 0x6655_4433_2211n) })
    using other = await handles().runLoader(changed(await generate(false)))
    t.is(other.globals.runs, 0x6655_4433_2211n)
    const hashed = await generate(true)
    using same = await handles().runLoader(hashed)
    t.is(same.globals.runs, 0x1122_3344_5566n)
    await t.throwsAsync(handles().runLoader(changed(hashed)), {
      instanceOf: BpfError,
      code: 'EINVAL',
      message: /accepts only the data that it was generated with/,
    })
  },
)

kernelTest('a map whose key has no type is made without types, as load() makes it', { needs }, async (t) => {
  using bpf = await open(fixture('typed')).runLoader(await open(fixture('typed')).generateLoader())
  t.true(bpf.mapNames.includes('class'))
})

kernelTest('a refused program is named, with the verifier’s reason', { needs }, async (t) => {
  const loader = await generateOnly('streams', 'owner', 'refused')
  const error = await t.throwsAsync(open(fixture('streams')).runLoader(loader), { instanceOf: VerifierError })
  t.is(error?.program, 'refused')
  t.regex(error?.message ?? '', /invalid mem access/)
})

kernelTest('a target that the kernel does not have is told by its program', { needs }, async (t) => {
  const loader = await open(fixture('misspelt')).generateLoader()
  await t.throwsAsync(open(fixture('misspelt')).runLoader(loader), {
    instanceOf: BpfError,
    message: /prog 'no_tracepoint': the kernel has no function/,
  })
})

kernelTest('a loader of another object is refused, and leaves nothing', { needs }, async (t) => {
  const loader = await generateOnly('handles', 'run_once')
  const other = { instanceOf: BpfError, code: 'EINVAL' }
  await t.throwsAsync(open(fixture('streams')).runLoader(Object.assign({}, loader, { programs: ['owner'] })), other)
  await t.throwsAsync(handles().runLoader(Object.assign({}, loader, { programs: ['on_raw_tp'] })), {
    ...other,
    message: /generated from another object: its program on_raw_tp/,
  })
  await t.throwsAsync(handles().runLoader(Object.assign({}, loader, { programs: ['run_once', 'on_raw_tp'] })), {
    ...other,
    message: /the loader returned 0 where a descriptor should be/,
  })
  await t.throwsAsync(handles().runLoader(Object.assign({}, loader, { programs: [] })), other)
})

function instruction(code: number, registers: number, offset: number, immediate: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt8(code, 0)
  bytes.writeUInt8(registers, 1)
  bytes.writeInt16LE(offset, 2)
  bytes.writeInt32LE(immediate, 4)
  return bytes
}

const [MOV, STX_W, CALL, EXIT] = [0xb7, 0x63, 0x85, 0x95]
const BPF_FUNC_sys_close = 168
const end = [instruction(MOV, 0, 0, 0), instruction(EXIT, 0, 0, 0)]

/** `*(u32 *)(r1 + offset) = fd; return 0` */
const returning = (offset: number, fd: number) =>
  Buffer.concat([instruction(MOV, 0x02, 0, fd), instruction(STX_W, 0x21, offset, 0), ...end])

/** `close(0); close(1); … return 0` */
const closing = (count: number) =>
  Buffer.concat([
    ...Array.from({ length: count }, (_, fd) => [
      instruction(MOV, 0x01, 0, fd),
      instruction(CALL, 0, 0, BPF_FUNC_sys_close),
    ]).flat(),
    ...end,
  ])

kernelTest('descriptors of something else that a loader returns stay open and are not used', { needs }, async (t) => {
  // The first program's offset in the context of an object without maps.
  const place = 24
  for (const fd of [0, 1, 2, -1, 0x7fff_ffff]) {
    const made = { instructions: returning(place, fd), data: new Uint8Array(8), programs: ['on_device'] }
    const expected = { instanceOf: BpfError, code: 'EINVAL', message: /the loader returned .* where/ }
    await t.throwsAsync(open(fixture('redirect')).runLoader(made), expected)
  }
  const beyond = { instructions: returning(place + 4, 1), data: new Uint8Array(8), programs: ['on_device'] }
  await t.throwsAsync(open(fixture('redirect')).runLoader(beyond), { instanceOf: BpfError, code: 'EINVAL' })
  for (const fd of [0, 1, 2]) t.notThrows(() => fstatSync(fd))
})

kernelTest('a loader that closes descriptors closes none of this process', { needs }, async (t) => {
  const descriptors = () => readdirSync('/proc/self/fd').filter((fd) => existsSync(`/proc/self/fd/${fd}`))
  const before = descriptors()
  const made = { instructions: closing(100), data: new Uint8Array(8), programs: [] }
  using bpf = await open(fixture('redirect')).runLoader(made)
  t.deepEqual(descriptors(), before)
  t.throws(() => bpf.program('on_device'), { instanceOf: BpfError, code: 'ENOENT' })
})

kernelTest('instructions that are no loader are refused by the verifier', { needs }, async (t) => {
  const loader = await generateOnly('handles', 'run_once')
  const instructions = loader.instructions.slice()
  instructions[8] = 0xff
  await t.throwsAsync(handles().runLoader(Object.assign({}, loader, { instructions })), { instanceOf: BpfError })
  const cut = loader.instructions.slice(0, 80)
  await t.throwsAsync(handles().runLoader(Object.assign({}, loader, { instructions: cut })), {
    instanceOf: VerifierError,
    message: /__loader\.prog/,
  })
})

test('arguments that are wrong are named', async (t) => {
  const loader = await generateOnly('handles', 'run_once')
  const refused = async (change: object, options: object, expected: object) => {
    using object = handles()
    await t.throwsAsync(object.runLoader({ ...loader, ...change }, options), expected)
  }
  await refused({ instructions: new Uint8Array(12) }, {}, { instanceOf: RangeError, message: /8 bytes, not 12/ })
  await refused({ instructions: new Uint8Array(0) }, {}, { instanceOf: RangeError })
  await refused({ data: new Uint8Array(0) }, {}, { instanceOf: RangeError, message: /data/ })
  await refused({ data: 'x' }, {}, { instanceOf: TypeError, message: /data/ })
  await refused({ programs: ['run_onc'] }, {}, { instanceOf: RangeError, message: /run_once/ })
  await refused({ programs: ['run_once', 'run_once'] }, {}, { instanceOf: TypeError, message: /once/ })
  await refused({ programs: 'run_once' }, {}, { instanceOf: TypeError, message: /array/ })
  await refused({}, { signature: new Uint8Array(0) }, { instanceOf: RangeError, message: /empty/ })
  await refused({}, { keyring: 'sesion' as Keyring }, { instanceOf: RangeError, message: /did you mean 'session'/ })
  await refused({}, { keyring: 1.5 }, { instanceOf: TypeError, message: /keyring/ })
  await refused({}, { keyrin: 1 }, { instanceOf: TypeError, message: /keyring/ })
  await refused({ hash: true }, {}, { instanceOf: TypeError })
  await t.throwsAsync(handles().generateLoader({ hash: 1 as never }), { instanceOf: TypeError, message: /hash/ })
})

kernelTest('an object of which something was set runs no loader', { needs }, async (t) => {
  const loader = await generateOnly('handles', 'run_once')
  const changes: ((object: OpenObject) => void)[] = [
    (object) => {
      object.globals.runs = 1n
    },
    (object) => {
      object.map('hits').maxEntries = 2
    },
    (object) => {
      object.program('run_once').autoload = true
    },
  ]
  for (const change of changes) {
    const object = handles()
    change(object)
    await t.throwsAsync(object.runLoader(loader), { instanceOf: BpfError, code: 'EINVAL', message: /would be ignored/ })
    t.true(object.closed)
  }
})

test('what no loader can do is refused when it is generated', async (t) => {
  const refused = (object: OpenObject, message: RegExp, code = 'ENOTSUP') =>
    t.throwsAsync(object.generateLoader(), { instanceOf: BpfError, code, message })
  await refused(open(fixture('arena')), /map heap is an arena/)
  await refused(open(fixture('struct_ops')), /is a struct_ops map/)
  await refused(open(fixture('tracing')), /programs and functions exceed 32/, 'E2BIG')
  const pinned = handles()
  pinned.map('hits').pinPath = '/sys/fs/bpf/hits'
  await refused(pinned, /map hits is to be pinned/)
  const left = handles()
  left.map('hits').autocreate = false
  await refused(left, /map hits has autocreate off/)
  const exclusive = openOnly('streams', 'owner')
  exclusive.map('secret').exclusiveProgram = 'owner'
  await refused(exclusive, /map secret is exclusive/)
})

kernelTest('a map that was there already cannot become a loader’s', {}, async (t) => {
  using bpf = openOnly('handles').loadSync()
  const object = handles()
  object.map('hits').reuse(bpf.map('hits'))
  await t.throwsAsync(object.generateLoader(), { instanceOf: BpfError, code: 'ENOTSUP', message: /map hits/ })
})

test('a loader that cannot be generated does not close standard input', async (t) => {
  for (let i = 0; i < 2; i++) {
    await t.throwsAsync(open(fixture('freplace')).generateLoader(), { instanceOf: BpfError, code: 'EINVAL' })
    t.notThrows(() => fstatSync(0))
  }
})

test('an object that is closed meanwhile leaves nothing', async (t) => {
  const generating = handles()
  const promise = generating.generateLoader()
  generating.close()
  await t.throwsAsync(promise, { instanceOf: BpfError, code: 'ECANCELED' })
  await t.throwsAsync(generating.generateLoader(), { instanceOf: BpfError, code: 'EBADF' })
  const loader = await generateOnly('handles', 'run_once')
  const running = handles()
  const run = running.runLoader(loader)
  running.close()
  await t.throwsAsync(run, { instanceOf: BpfError, code: 'ECANCELED' })
})

test('one step of an object at a time', async (t) => {
  const object = handles()
  const generating = object.generateLoader()
  await t.throwsAsync(object.load(), { instanceOf: BpfError, code: 'EBUSY', message: /used to generate its loader/ })
  await generating
})

test('a kernel that has no loader, or verifies no signature, says so', async (t) => {
  const loader = await generateOnly('handles', 'run_once')
  const attempt = handles().runLoader(loader, { signature: new Uint8Array(16) })
  const error = await t.throwsAsync(attempt, { instanceOf: BpfError })
  if (isOlderThan('6.18')) t.true(error instanceof NotSupportedError)
  if (error instanceof NotSupportedError) {
    t.is(error.feature, 'signed_loader')
    t.is(error.minimumKernel, '6.18')
  } else {
    t.is(error?.code, 'EBADMSG')
    t.regex(error?.message ?? '', /not PKCS#7 in DER/)
  }
})
