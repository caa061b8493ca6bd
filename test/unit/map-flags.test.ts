import test from 'ava'
import { flagBits, type MapFlag } from '../../lib/maps/flags.js'
import { flagsOf } from '../../lib/maps/update.js'

test('flags of maps are those of linux/bpf.h, alone and together', (t) => {
  const bits: Record<MapFlag, number> = {
    no_prealloc: 0x1,
    no_common_lru: 0x2,
    rdonly: 0x8,
    wronly: 0x10,
    stack_build_id: 0x20,
    zero_seed: 0x40,
    rdonly_prog: 0x80,
    wronly_prog: 0x100,
    clone: 0x200,
    mmapable: 0x400,
    preserve_elems: 0x800,
    inner_map: 0x1000,
  }
  for (const [flag, bit] of Object.entries(bits)) t.is(flagBits([flag as MapFlag]), bit, flag)
  t.is(flagBits([]), 0)
  t.is(flagBits(['rdonly', 'zero_seed', 'rdonly']), 0x48)
})

test('modes of an update are those of linux/bpf.h, with the lock or without', (t) => {
  t.deepEqual(
    [flagsOf({}), flagsOf('any'), flagsOf('noexist'), flagsOf({ mode: 'exist' }), flagsOf({ lock: false })],
    [0, 0, 1, 2, 0],
  )
  t.deepEqual([flagsOf({ lock: true }), flagsOf({ mode: 'noexist', lock: true })], [4, 5])
  t.throws(() => flagsOf({ lock: 1 as never }), { instanceOf: TypeError, message: /lock .*1/ })
})
