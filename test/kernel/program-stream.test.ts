import test from 'ava'
import { BpfError, NotSupportedError, openProgram } from 'ebpf'
import { kernelTest } from '../helpers/kernel-test.js'
import { isOlderThan } from '../helpers/kernel-version.js'
import { loadOnly } from '../helpers/load.js'
import { load } from '../helpers/tracing.js'

const packet = new Uint8Array(64)

kernelTest(
  'what a program writes to its streams is read once, each stream for itself',
  { needs: ['program_stream'] },
  (t) => {
    using bpf = loadOnly('streams', ['write_streams'], { lines: 3 })
    const program = bpf.program('write_streams')
    t.is(program.readStream('stdout'), '')
    program.run({ data: packet })
    t.is(program.readStream('stderr'), 'error 3\n')
    t.is(program.readStream('stdout'), 'line 0\nline 1\nline 2\n')
    t.is(program.readStream('stdout'), '')
    program.run({ data: packet })
    using other = openProgram({ id: program.info().id })
    t.is(other.readStream('stdout'), 'line 0\nline 1\nline 2\n')
    t.is(program.readStream('stdout'), '')
    t.throws(() => program.readStream('stdin' as 'stdout'), { instanceOf: TypeError, message: /not 'stdin'/ })
  },
)

kernelTest('a full stream keeps whole lines from its beginning', { needs: ['program_stream'] }, (t) => {
  using bpf = loadOnly('streams', ['write_streams'], { lines: 20_000 })
  const program = bpf.program('write_streams')
  program.run({ data: packet })
  t.true((bpf.globals.result as number) < 0)
  const text = program.readStream('stdout')
  const lines = text.split('\n').slice(0, -1)
  t.true(text.endsWith('\n'))
  t.deepEqual(
    lines,
    lines.map((_, i) => `line ${i}`),
  )
  t.true(text.length > 90_000 && text.length <= 100_000, `${text.length}`)
  // There is room again.
  bpf.globals.lines = 1
  program.run({ data: packet })
  t.is(bpf.globals.result, 0)
  t.is(program.readStream('stdout'), 'line 0\n')
})

test('a kernel without streams says so', (t) => {
  if (!isOlderThan('6.17')) {
    t.pass('this kernel has them')
    return
  }
  using bpf = loadOnly('streams', ['owner'])
  t.throws(() => bpf.program('owner').readStream('stdout'), {
    instanceOf: NotSupportedError,
    message: /needs Linux 6\.17/,
  })
})

kernelTest(
  'a program is associated with one struct_ops map for good',
  { needs: ['associated_struct_ops', 'struct_ops_link'] },
  (t) => {
    using ops = load('struct_ops_link')
    using bpf = loadOnly('streams', ['owner'])
    const program = bpf.program('owner')
    program.associateStructOps(ops.map('first'))
    program.associateStructOps(ops.map('first'))
    t.throws(() => program.associateStructOps(ops.map('second')), { instanceOf: BpfError, code: 'EBUSY' })
    t.throws(() => program.associateStructOps(bpf.map('secret')), { instanceOf: BpfError, code: 'EINVAL' })
  },
)

test('a kernel that associates no programs says so', (t) => {
  using bpf = loadOnly('streams', ['owner'])
  const associate = () => bpf.program('owner').associateStructOps(bpf.map('secret'))
  if (isOlderThan('7.0')) t.throws(associate, { instanceOf: NotSupportedError, message: /needs Linux 7\.0/ })
  else t.throws(associate, { code: 'EINVAL' })
})
