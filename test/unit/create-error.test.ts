import test from 'ava'
import { PermissionError, VerifierError } from '../../lib/errors.js'
import { createError } from '../../lib/internal/create-error.js'
import { systemError, waitError } from '../../lib/internal/system-error.js'

const fields = { code: 'ESRCH', errno: 3, operation: 'load x' }

test('a message ends with the reason that libbpf gives, not with what follows from it', (t) => {
  const log = [
    "libbpf: prog 'on_open': failed to find kernel BTF type ID of 'no_such_function': -3",
    "libbpf: prog 'on_open': failed to prepare load attributes: -3",
    "libbpf: prog 'on_open': failed to load: -3",
    "libbpf: failed to load object 'x'",
    '',
  ].join('\n')
  const error = createError({ ...fields, log })
  t.is(error.message, "load x: ESRCH: prog 'on_open': failed to find kernel BTF type ID of 'no_such_function': -3")
  t.is(error.log, log)
})

test('what libbpf says last is the message when there is nothing else', (t) => {
  t.is(
    createError({ ...fields, log: "libbpf: failed to load object 'x'\n" }).message,
    "load x: ESRCH: failed to load object 'x'",
  )
  t.is(createError({ ...fields, log: '\n' }).message, 'load x: ESRCH')
})

test('a permission that is missing is told with the program that it is missing for', (t) => {
  const log = [
    "libbpf: prog 'sub': BPF program load failed: Operation not permitted",
    "libbpf: permission error while running as root; try raising 'ulimit -l'? current value: 8.0 MiB",
    "libbpf: prog 'sub': failed to load: -1",
    "libbpf: failed to load object 'x'",
  ].join('\n')
  const error = createError({ ...fields, code: 'EPERM', errno: 1, log })
  t.true(error instanceof PermissionError)
  t.regex(error.message, /^load x: EPERM: prog 'sub': BPF program load failed: Operation not permitted: the process /)
})

test('a program that a policy forbids was not refused by the verifier, whose log has no reason', (t) => {
  const log = [
    "libbpf: prog 'walk': BPF program load failed: Operation not permitted",
    "libbpf: permission error while running as root; try raising 'ulimit -l'? current value: 8.0 MiB",
    "libbpf: prog 'walk': -- BEGIN PROG LOAD LOG --",
    'processed 0 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0',
    '-- END PROG LOAD LOG --',
    "libbpf: prog 'walk': failed to load: -1",
    "libbpf: failed to load object 'x'",
  ].join('\n')
  const error = createError({ ...fields, code: 'EPERM', errno: 1, log })
  t.true(error instanceof PermissionError)
  t.regex(error.message, /^load x: EPERM: prog 'walk': BPF program load failed: Operation not permitted: the process /)
  t.true(createError({ ...fields, code: 'EINVAL', errno: 22, log }) instanceof VerifierError)
  const refused = log.replace('processed 0', 'R1 is a pointer that may not leave\nprocessed 0')
  t.true(createError({ ...fields, code: 'EACCES', errno: 13, log: refused }) instanceof VerifierError)
})

test('a loop without an end is the reason, not the states that follow it', (t) => {
  const log = [
    "libbpf: prog 'spin': BPF program load failed: Invalid argument",
    "libbpf: prog 'spin': -- BEGIN PROG LOAD LOG --",
    '6: (05) goto pc-1',
    'infinite loop detected at insn 6',
    'cur state: R0=scalar() R10=fp0',
    'old state: R0=scalar() R10=fp0',
    'processed 9 insns (limit 1000000) max_states_per_insn 0 total_states 1 peak_states 1 mark_read 0',
    '-- END PROG LOAD LOG --',
  ].join('\n')
  const error = createError({ ...fields, log })
  t.true(error instanceof VerifierError)
  t.is((error as VerifierError).reason, 'infinite loop detected at insn 6')
})

test('what Node throws of a system call, and what a wait ends with, have the kernel’s errno', (t) => {
  const cause = Object.assign(new Error('no'), { code: 'ENOENT', errno: -2 })
  t.like(systemError(cause, 'open x'), {
    code: 'ENOENT',
    errno: 2,
    operation: 'open x',
    cause,
    message: 'open x: ENOENT',
  })
  t.like(waitError(9, 'ring buffer x'), { code: 'EBADF', errno: 9, message: 'wait for ring buffer x: EBADF' })
})
