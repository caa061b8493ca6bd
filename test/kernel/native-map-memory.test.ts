import { execFileSync } from 'node:child_process'
import { BpfError } from '../../lib/errors.js'
import { binding, type NativeMap } from '../../lib/internal/binding.js'
import { kernelTest } from '../helpers/kernel-test.js'

const create = (type: number, flags = 0, maxEntries = 4): NativeMap =>
  binding.createMap({ type, keySize: 4, valueSize: type === 4 ? 4 : 8, maxEntries, flags })
const hash = 1
const array = 2
const perfEventArray = 4
const mmapable = 1 << 10

kernelTest('only what the kernel maps is mapped', {}, (t) => {
  for (const [type, message] of [
    [hash, /no memory/],
    [array, /map the memory/],
  ] as const) {
    const map = create(type)
    t.throws(() => binding.mapMemory(map, true), { message })
    map.close()
    t.throws(() => binding.mapMemory(map, true), { code: 'EBADF' })
  }
})

kernelTest('closed memory is detached, and closing it again is nothing', {}, (t) => {
  const map = create(array, mmapable)
  const memory = binding.mapMemory(map, true)
  const { data } = memory
  const shared = new Uint8Array(memory.share())
  map.close()
  new Uint8Array(data)[7] = 1
  memory.close()
  memory.close()
  t.is(data.byteLength, 0)
  t.is(shared[7], 1)
  t.throws(() => memory.share(), { code: 'EBADF' })
  t.throws(() => memory.data, { code: 'EBADF' })
})

kernelTest('memory stays mapped as long as its ArrayBuffer is in use', {}, (t) => {
  const script = `
    const binding = require('node-gyp-build')(process.cwd())
    const map = binding.createMap({ type: 2, keySize: 4, valueSize: 8, maxEntries: 4, flags: ${mmapable} })
    const bytes = (() => new Uint8Array(binding.mapMemory(map, true).data))()
    setTimeout(() => {
      gc()
      setImmediate(() => {
        gc()
        bytes[8] = 5
        const element = new Uint8Array(map.element)
        element[0] = 1
        map.lookup(0)
        console.log(element[8])
      })
    })`
  t.is(execFileSync(process.execPath, ['--expose-gc', '-e', script], { encoding: 'utf8' }), '5\n')
})

kernelTest('a perf buffer validates what it is given, and answers EBADF once closed', {}, (t) => {
  const map = create(perfEventArray, 0, 1)
  const cpus = new Uint32Array(1)
  const open = (options: object) =>
    binding.openPerfBuffer(map, { pages: 1, cpus, wakeupEvents: 1, ...options } as Parameters<
      typeof binding.openPerfBuffer
    >[1])
  t.throws(() => open({ pages: -1 }), { instanceOf: RangeError, message: /pages.*-1/ })
  t.throws(() => open({ cpus: [0] }), { instanceOf: TypeError, message: /cpus/ })
  t.throws(() => open({ cpus: new Uint32Array(0) }), { instanceOf: RangeError, message: /cpus/ })
  t.throws(() => open({ cpus: Uint32Array.of(100_000) }), { instanceOf: BpfError })
  t.throws(() => open({ wakeupEvents: Number.NaN }), { instanceOf: RangeError, message: /wakeupEvents.*NaN/ })
  const perf = open({})
  t.true(perf.empty())
  t.is(perf.read(new Uint8Array(65_536)), 0)
  t.throws(() => perf.read(new Uint8Array(65_535)), { instanceOf: RangeError, message: /65536/ })
  t.throws(() => perf.read('x' as never), { instanceOf: TypeError })
  perf.wait(() => t.fail())
  t.throws(() => perf.wait(() => {}), { code: 'EBUSY' })
  t.throws(() => perf.wait(5 as never), { instanceOf: TypeError })
  perf.close()
  perf.close()
  for (const use of [
    () => perf.read(new Uint8Array(65_536)),
    () => perf.empty(),
    () => perf.lost(),
    () => perf.cancel(),
  ]) {
    t.throws(use, { code: 'EBADF', message: /is closed/ })
  }
  map.close()
})
