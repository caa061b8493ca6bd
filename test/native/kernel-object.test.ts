import test from 'ava'
import { BpfError } from '../../lib/errors.js'
import { binding } from '../../lib/internal/binding.js'
import { fixture } from '../helpers/fixture.js'

test('libbpf’s names of types are had by number', (t) => {
  const { program, map, attach, link, helper } = binding.typeNames()
  t.is(program[6], 'xdp')
  t.is(map[27], 'ringbuf')
  t.is(attach[46], 'tcx_ingress')
  t.is(link[11], 'tcx')
  t.deepEqual(helper.slice(0, 3), ['bpf_unspec', 'bpf_map_lookup_elem', 'bpf_map_update_elem'])
  t.true(helper.length > 200)
})

test('the clocks are those of Node', (t) => {
  const { wall, monotonic, boot } = binding.clocks()
  t.true(Math.abs(Number(wall / 1_000_000n) - Date.now()) < 60_000)
  t.true(monotonic <= process.hrtime.bigint())
  t.true(boot >= monotonic)
})

test('what is no kind, id, descriptor or path is refused by name', (t) => {
  const rubbish = (value: unknown) => value as never
  t.throws(() => binding.nextId(rubbish('links'), 0), { instanceOf: TypeError, message: /kind .*'links'/ })
  t.throws(() => binding.nextId('map', Number.NaN), { instanceOf: RangeError, message: /NaN/ })
  t.throws(() => binding.infoById('map', -1), { instanceOf: RangeError, message: /-1/ })
  t.throws(() => binding.linkInfo(rubbish('0')), { instanceOf: TypeError, message: /'0'/ })
  t.throws(() => binding.linkInfo(0x7fff_ffff), { instanceOf: BpfError, code: 'EBADF' })
  t.throws(() => binding.linkInfo(0), {
    instanceOf: BpfError,
    code: 'EINVAL',
    message: /descriptor 0 is .*, not a link/,
  })
  t.throws(() => binding.programInfo(0, 'program', {}), { code: 'EINVAL', message: /not a program/ })
  t.throws(() => binding.runProgram(0, 'program', {}), { code: 'EINVAL', message: /not a program/ })
  t.throws(() => binding.pinObject(0, 'a\0b'), { instanceOf: TypeError, message: /NUL/ })
  t.throws(() => binding.pinObject(0, '/tmp/x'), { code: 'EINVAL', message: /\/tmp\/ is not on a bpffs/ })
  t.throws(() => binding.pinObject(0, '/no/such/folder'), { code: 'ENOENT' })
  t.throws(() => binding.openPinnedProgram('/no/such/file'), { code: 'ENOENT' })
  t.throws(() => binding.probeLink(rubbish('magic')), { instanceOf: TypeError, message: /'magic'/ })
})

test('settings of the wrong type are refused by name, also where others are right', (t) => {
  const object = binding.openObject(fixture('objects'), {})
  const plain = object.maps().findIndex(({ name }) => name === 'plain')
  const rubbish = (value: unknown) => value as never
  t.throws(() => object.setMap(plain, rubbish(null)), { instanceOf: TypeError, message: /settings/ })
  t.throws(() => object.setMap(plain, { flags: rubbish('x') }), { instanceOf: TypeError, message: /flags .*'x'/ })
  t.throws(() => object.setMap(plain, { extra: rubbish(1) }), { instanceOf: TypeError, message: /extra .*bigint/ })
  t.throws(() => object.setMap(99, {}), { instanceOf: RangeError, message: /99/ })
  t.throws(() => object.setProgram(0, { type: -1 }), { instanceOf: RangeError, message: /-1/ })
  t.throws(() => object.setProgram(0, { autoattach: rubbish(1) }), { instanceOf: TypeError, message: /autoattach/ })
  t.throws(() => object.setAttachTarget(0, { fd: 0 }), { code: 'EINVAL', message: /not a program/ })
  t.throws(() => object.reuseMap(plain, 0), { code: 'EINVAL', message: /not a map/ })
  t.throws(() => object.setInnerMap(plain, 0), { code: 'EINVAL' })
  t.throws(() => binding.openObject(fixture('objects'), { onLog: rubbish('log') }), { message: /onLog .*'log'/ })
  object.setMap(plain, { numaNode: 0, ifindex: 7, pinPath: '/sys/fs/bpf/x' })
  t.like(object.maps()[plain], { numaNode: 0, ifindex: 7, pinPath: '/sys/fs/bpf/x' })
  object.setMap(plain, { pinPath: null, ifindex: 0 })
  t.is(object.maps()[plain]?.pinPath, undefined)
  object.close()
  t.throws(() => object.setMap(plain, {}), { code: 'EBADF' })
  t.throws(() => object.setProgram(0, {}), { code: 'EBADF' })
  t.throws(() => object.reuseMap(plain, 0), { code: 'EBADF' })
})
