import test from 'ava'
import { BpfError, NotSupportedError, PermissionError, VerifierError } from '../../lib/errors.js'
import { shareClass } from '../../lib/shared-class.js'

const fields = { code: 'EINVAL', errno: 22, operation: 'attach x' }

test('an error carries code, errno, operation, log and cause', (t) => {
  const cause = new Error('below')
  const error = new BpfError({ ...fields, log: 'libbpf: no', cause })
  t.is(error.message, 'attach x: EINVAL')
  t.is(error.code, 'EINVAL')
  t.is(error.errno, 22)
  t.is(error.operation, 'attach x')
  t.is(error.log, 'libbpf: no')
  t.is(error.cause, cause)
  t.false('cause' in new BpfError(fields))
})

test('subclasses are instances of their base and not of each other', (t) => {
  const error = new NotSupportedError({ ...fields, feature: 'tcx', minimumKernel: '6.6', instead: 'attachClsact' })
  t.like(error, { feature: 'tcx', minimumKernel: '6.6', instead: 'attachClsact' })
  t.true(error instanceof NotSupportedError)
  t.true(error instanceof BpfError)
  t.true(error instanceof Error)
  t.false(error instanceof PermissionError)
  t.false(new BpfError(fields) instanceof NotSupportedError)
  t.false((new Error('other') as unknown) instanceof BpfError)
  t.false((null as unknown) instanceof BpfError)
  t.false(('text' as unknown) instanceof VerifierError)
})

test('an error of another copy of the class is an instance too', (t) => {
  // What a second copy makes: other classes, the same brands. test/native/two-copies.test.ts has a real one.
  class Base extends Error {}
  class Derived extends Base {}
  shareClass(Base, 'BpfError')
  shareClass(Derived, 'VerifierError')
  const other = new Derived('other copy') as unknown
  t.true(other instanceof VerifierError)
  t.true(other instanceof BpfError)
  t.false(other instanceof PermissionError)
})

test('names in a message are printable', (t) => {
  const error = new BpfError({ ...fields, message: 'no map \u001b[31mred\u202e' })
  t.is(error.message, 'no map \\x1b[31mred\\u{202e}')
})
