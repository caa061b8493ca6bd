import { networkInterfaces } from 'node:os'
import test from 'ava'
import { BpfError } from '../../lib/errors.js'
import { binding } from '../../lib/internal/binding.js'

test('the linked libbpf tells its version', (t) => {
  t.is(binding.libbpfVersion, '1.7')
})

test('there is at least one possible CPU', (t) => {
  t.true(Number.isInteger(binding.possibleCpus()) && binding.possibleCpus() >= 1)
})

test('an interface has its index', (t) => {
  for (const name of Object.keys(networkInterfaces())) t.true(binding.interfaceIndex(name, {}) > 0, name)
})

test('an interface that is not there is ENODEV', (t) => {
  t.throws(() => binding.interfaceIndex('none0', {}), { instanceOf: BpfError, code: 'ENODEV', message: /none0/ })
})

test('a network namespace must be one', (t) => {
  t.throws(() => binding.openNetlink({ netns: '/nonexistent' }), {
    instanceOf: BpfError,
    code: 'ENOENT',
    message: /\/nonexistent/,
  })
  t.throws(() => binding.openNetlink({ netns: 'none' }), { code: 'ENOENT', message: /\/run\/netns\/none/ })
  for (const netns of ['', '.', '..']) t.throws(() => binding.openNetlink({ netns }), { instanceOf: BpfError })
  t.throws(() => binding.openNetlink({ netns: '/dev/null' }), {
    instanceOf: BpfError,
    code: 'EINVAL',
    message: /is not a network namespace/,
  })
  t.throws(() => binding.openNetlink({ netns: '/proc/self/ns/mnt' }), { instanceOf: BpfError, code: 'EINVAL' })
  t.throws(() => binding.openNetlink({ netns: 5 as unknown as string }), {
    instanceOf: TypeError,
    message: /netns .*not 5/,
  })
})
