import { BpfError, VerifierError } from 'ebpf'
import type { NativeObject } from '../../lib/internal/binding.js'
import { elementOf } from '../../lib/maps/native-element.js'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { binding } from '../native/addon.js'

const open = (options = {}) => binding.openObject(fixture('native_ringbuf'), options)

const section = (object: NativeObject, name: string) =>
  object.maps().findIndex((map) => map.internal && map.name.endsWith(name))

kernelTest('an object loads off the main thread and answers EBUSY meanwhile', {}, async (t) => {
  const object = open()
  const loading = object.load()
  const busy = { instanceOf: BpfError, code: 'EBUSY', message: /is being loaded/ }
  t.throws(() => object.programs(), busy)
  t.throws(() => object.readGlobal(0, 0, 1), busy)
  t.throws(() => object.map(0), busy)
  t.throws(() => object.load(), busy)
  t.throws(() => object.loadSync(), busy)
  await loading
  t.throws(() => object.load(), { instanceOf: BpfError, code: 'EINVAL', message: /is already loaded/ })
  t.is(object.programs().length, 2)
  object.close()
})

kernelTest('an object that is closed while it loads rejects with ECANCELED and is closed', {}, async (t) => {
  const object = open()
  const loading = object.load()
  object.close()
  t.throws(() => object.programs(), { instanceOf: BpfError, code: 'EBADF' })
  await t.throwsAsync(loading, { instanceOf: BpfError, code: 'ECANCELED', message: /was closed while/ })
  t.throws(() => object.programs(), { instanceOf: BpfError, code: 'EBADF' })
  object.close()
})

kernelTest(
  'a refused program is a VerifierError with the log, and the object cannot be loaded again',
  {},
  async (t) => {
    const object = open()
    object.setAutoload(0, false)
    object.setAutoload(1, true)
    const error = await t.throwsAsync(object.load(), { instanceOf: VerifierError })
    t.is((error as VerifierError).program, 'out_of_bounds')
    t.regex((error as VerifierError).verifierLog, /processed \d+ insns/)
    t.regex((error as VerifierError).operation, /^load .*native_ringbuf/)
    t.throws(() => object.load(), { instanceOf: BpfError, code: 'EINVAL', message: /failed to load: open it again/ })
    t.throws(() => object.map(0), { instanceOf: BpfError, code: 'EINVAL', message: /could not be loaded/ })
    t.throws(() => object.writeGlobal(section(object, '.rodata'), 0, new Uint8Array(4)), {
      instanceOf: BpfError,
      code: 'EINVAL',
    })
    t.is(object.programs().length, 2)
    object.close()
  },
)

kernelTest('the verifier’s log of a program that passed is told with a log level', {}, (t) => {
  for (const logLevel of [0, 1]) {
    const said: string[] = []
    const object = open({ logLevel, onLog: (_level: string, message: string) => said.push(message) })
    object.loadSync()
    t.is(/prog 'emit': -- BEGIN PROG LOAD LOG --/.test(said.join('')), logLevel > 0)
    object.close()
  }
})

kernelTest('globals are the live memory after load; constants are EROFS', {}, (t) => {
  const object = open()
  const [constants, initial, zeroed] = ['.rodata', '.data', '.bss'].map((name) => section(object, name)) as [
    number,
    number,
    number,
  ]
  object.writeGlobal(constants, 0, new Uint8Array([2, 0, 0, 0]))
  object.loadSync()
  t.is(object.readGlobal(constants, 0, 4)[0], 2)
  t.throws(() => object.writeGlobal(constants, 0, new Uint8Array(4)), { instanceOf: BpfError, code: 'EROFS' })
  binding.runProgram(object.program(0).fd, 'program', { data: new Uint8Array(64) })
  t.is(object.readGlobal(zeroed, 0, object.maps()[zeroed]?.valueSize ?? 0).filter((byte) => byte === 2).length, 1)
  object.writeGlobal(initial, 0, new Uint8Array([7, 7, 7, 7]))
  const map = object.map(initial)
  t.true(map.lookup(0))
  t.deepEqual(elementOf(map).value.subarray(0, 4), new Uint8Array([7, 7, 7, 7]))
  map.close()
  object.close()
})

kernelTest('a map outlives its object, a program does not', {}, (t) => {
  const object = open()
  object.loadSync()
  const map = object.map(object.maps().findIndex(({ name }) => name === 'events'))
  const program = object.program(0)
  t.true(program.fd >= 0)
  object.close()
  const same = binding.mapById(map.info.id)
  t.is(same.info.name, 'events')
  same.close()
  map.close()
  const closed = { instanceOf: BpfError, code: 'EBADF' }
  t.throws(() => program.fd, closed)
  t.throws(() => program.attach('section', {}), closed)
  program.close()
})

kernelTest('a program that was not selected is not had', {}, (t) => {
  const object = open()
  object.loadSync()
  t.throws(() => object.program(1), { instanceOf: BpfError, code: 'ENOENT', message: /out_of_bounds .*autoload/ })
  t.throws(() => object.program(2), { instanceOf: RangeError })
  object.close()
})
