import test from 'ava'
import { BpfError } from '../../lib/errors.js'
import { binding, type NativeObject } from '../../lib/internal/binding.js'
import { fixture } from '../helpers/fixture.js'

const open = () => binding.openObject(fixture('native_ringbuf'), {})

function section(object: NativeObject, name: string): { index: number; size: number } {
  const index = object.maps().findIndex((map) => map.internal && map.name.endsWith(name))
  return { index, size: object.maps()[index]?.valueSize ?? 0 }
}

test('the initial image is read and written before load', (t) => {
  const object = open()
  const { index, size } = section(object, '.data')
  t.deepEqual(object.readGlobal(index, 0, size), new Uint8Array(new Uint32Array([0x01020304]).buffer))
  object.writeGlobal(index, 1, new Uint8Array([9, 8]))
  t.deepEqual(object.readGlobal(index, 0, 4).subarray(1, 3), new Uint8Array([9, 8]))
  object.close()
})

test('constants are writable before load', (t) => {
  const object = open()
  const { index } = section(object, '.rodata')
  object.writeGlobal(index, 0, new Uint8Array([200, 0, 0, 0]))
  t.is(object.readGlobal(index, 0, 4)[0], 200)
  object.close()
})

test('reading nothing at the end gives nothing', (t) => {
  const object = open()
  const { index, size } = section(object, '.bss')
  t.is(object.readGlobal(index, size, 0).length, 0)
  object.writeGlobal(index, size, new Uint8Array())
  object.close()
})

test('bytes outside the section are a RangeError that names them', (t) => {
  const object = open()
  const { index, size } = section(object, '.bss')
  for (const [offset, length] of [
    [size, 1],
    [0, size + 1],
    [size - 1, 2],
    [0xffff_ffff, 8],
    [8, 0xffff_ffff],
  ] as const) {
    t.throws(() => object.readGlobal(index, offset, length), {
      instanceOf: RangeError,
      message: new RegExp(`${offset}`),
    })
  }
  t.throws(() => object.writeGlobal(index, size - 1, new Uint8Array(2)), { instanceOf: RangeError })
  t.throws(() => object.readGlobal(index, -1, 1), { instanceOf: RangeError, message: /offset .*-1/ })
  t.throws(() => object.readGlobal(index, 0.5, 1), { instanceOf: RangeError, message: /offset .*0\.5/ })
  object.close()
})

test('a map that is no section holds no globals', (t) => {
  const object = open()
  const events = object.maps().findIndex((map) => map.name === 'events')
  t.throws(() => object.readGlobal(events, 0, 1), {
    instanceOf: BpfError,
    code: 'EINVAL',
    message: /events holds no global/,
  })
  object.close()
})
