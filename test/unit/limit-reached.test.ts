import test from 'ava'
import { BpfError, NotSupportedError, VerifierError } from '../../lib/errors.js'
import { createError } from '../../lib/internal/create-error.js'
import { fakeSystem } from '../helpers/fake-system.js'

const files = {
  '/proc/self/limits': [
    'Max open files            1024                 524288               files     ',
    'Max processes             100                  200                  processes ',
  ].join('\n'),
  '/proc/sys/fs/file-max': '9999\n',
  '/proc/sys/net/core/bpf_jit_limit': '264241152\n',
  '/proc/thread-self/status': 'CapEff:\t000001ffffffffff\nSeccomp:\t0\n',
}

/** The error of a call on a machine with these files. */
function failing(
  code: string,
  operation: string,
  { log, more = {} }: { log?: string; more?: Record<string, string> } = {},
) {
  const giveBack = fakeSystem({ files: { ...files, ...more } })
  try {
    return createError({ code, errno: 1, operation, ...(log !== undefined && { log }) })
  } finally {
    giveBack()
  }
}

/** What libbpf says of a program that the verifier has looked at. */
const programLog = (error: string, verifierLog: string) =>
  [
    `libbpf: prog 'walk': BPF program load failed: ${error}`,
    "libbpf: prog 'walk': -- BEGIN PROG LOAD LOG --",
    verifierLog,
    'processed 12 insns (limit 1000000) max_states_per_insn 0 total_states 1 peak_states 1 mark_read 1',
    '-- END PROG LOAD LOG --',
    "libbpf: prog 'walk': failed to load: -24",
    "libbpf: failed to load object 'x'",
    '',
  ].join('\n')

test('an error names the limit that was reached, its value and how it is raised', (t) => {
  for (const [code, operation, expected] of [
    ['EMFILE', 'load x', /RLIMIT_NOFILE \(ulimit -n\) = 1024$/],
    ['EMFILE', 'open x.bpf.o', /RLIMIT_NOFILE \(ulimit -n\) = 1024$/],
    ['ENFILE', 'create map counts', /fs\.file-max = 9999$/],
    ['ENOMEM', 'load x', /memory\.max/],
    ['E2BIG', 'create map counts', /more entries or larger values/],
    ['E2BIG', 'load x', /1,000,000 instructions/],
    ['ENOSPC', 'load x', /no ids or no memory for BPF left/],
    ['EAGAIN', 'load x', /RLIMIT_NPROC \(ulimit -u\) = 100 /],
    ['ENOTSUPP', 'load x', /net\.core\.bpf_jit_limit = 264241152 is reached/],
    ['ENOSYS', 'load x', /bpf\(2\) is not available: the kernel was built without CONFIG_BPF_SYSCALL$/],
    ['ENOENT', 'open network namespace /proc/self/ns/net', /mount -t proc proc \/proc$/],
  ] as const) {
    const error = failing(code, operation)
    t.is(error.name, 'BpfError', code)
    t.true(error.message.startsWith(`${operation}: ${code}: `), error.message)
    t.regex(error.message, expected)
  }
})

test('an errno that is of no limit in that call is left as it is', (t) => {
  for (const [code, operation] of [
    ['E2BIG', 'update map counts'],
    ['ENOSPC', 'update map counts'],
    ['EAGAIN', 'read the trace pipe'],
    ['ENOSYS', 'open cgroup /sys/fs/cgroup'],
    ['ENOENT', 'open x.bpf.o'],
  ] as const) {
    t.is(failing(code, operation).message, `${operation}: ${code}`)
  }
})

test('a seccomp filter may be what hides bpf(2)', (t) => {
  const more = { '/proc/thread-self/status': 'CapEff:\t000001ffffffffff\nSeccomp:\t2\n' }
  t.regex(failing('ENOSYS', 'load x', { more }).message, /a seccomp filter of the process blocks it, or/)
})

test('a limit that is reached while a program loads is no judgement of the verifier', (t) => {
  for (const code of ['EMFILE', 'ENFILE', 'ENOMEM', 'ENOSPC', 'EAGAIN', 'EINTR']) {
    for (const verifierLog of ['', '11: (95) exit', 'R0 !read_ok']) {
      const error = failing(code, 'load x', { log: programLog('Too many open files', verifierLog) })
      t.false(error instanceof VerifierError, `${code} ${verifierLog}`)
      t.regex(error.message, new RegExp(`^load x: ${code}: prog 'walk': BPF program load failed: Too many open files`))
    }
  }
})

test('a program that the verifier accepted was refused by something else', (t) => {
  for (const last of [
    '11: (95) exit',
    '7: safe',
    'from 5 to 7: safe',
    "Func#1 ('sub') is safe for any args that match its prototype",
    'mark_precise: frame0: last_idx 7 first_idx 0 subseq_idx -1',
  ]) {
    for (const code of ['E2BIG', 'ENOTSUPP']) {
      const error = failing(code, 'load x', { log: programLog('Argument list too long', last) })
      t.is(error.name, 'BpfError', `${code} ${last}`)
    }
  }
  const reason = 'BPF program is too large. Processed 1000001 insn'
  const error = failing('E2BIG', 'load x', { log: programLog('Argument list too long', reason) })
  t.true(error instanceof VerifierError)
  t.is((error as VerifierError).reason, reason)
})

test('a helper that lockdown forbids is a refusal with a hint', (t) => {
  const log = programLog('Invalid argument', 'unknown func bpf_probe_read_kernel#113')
  const hint = (level: string) => {
    const lockdown = 'none integrity confidentiality'.replace(level, `[${level}]`)
    const error = failing('EINVAL', 'load x', { log, more: { '/sys/kernel/security/lockdown': lockdown } })
    t.true(error instanceof VerifierError)
    return error.message
  }
  t.regex(
    hint('confidentiality'),
    /\(the kernel is locked down, lockdown=confidentiality, which forbids bpf_probe_read_kernel\)$/,
  )
  t.notRegex(hint('integrity'), /locked/)
})

test('a kernel without types of its own is one that lacks a feature', (t) => {
  const log = 'libbpf: Error loading vmlinux BTF: -3\nlibbpf: failed to load object\n'
  const error = failing('ESRCH', 'load x', { log, more: { '/sys/kernel/mm': '' } })
  t.true(error instanceof NotSupportedError)
  t.regex(error.message, /^load x: ESRCH: .*\/sys\/kernel\/btf\/vmlinux.*CONFIG_DEBUG_INFO_BTF/)
  const there = failing('ESRCH', 'load x', { log, more: { '/sys/kernel/btf/vmlinux': '' } })
  t.true(there instanceof BpfError)
  t.false(there instanceof NotSupportedError)
})

test('what libbpf guesses of a kernel that loads nothing is left out', (t) => {
  const log =
    "libbpf: Error in bpf_object__probe_loading():Operation not permitted(1). Couldn't load trivial BPF program. Make sure your kernel supports BPF (CONFIG_BPF_SYSCALL=y) and/or that RLIMIT_MEMLOCK is set to big enough value.\n"
  const error = failing('EPERM', 'load x', { log })
  t.regex(error.message, /^load x: EPERM: not even a trivial program can be loaded: the process has /)
  t.is(error.log, log)
})

test('without sysfs it is sysfs that is missing, and nothing is said of the kernel', (t) => {
  const log = 'libbpf: Error loading vmlinux BTF: -3\nlibbpf: failed to load object'
  const bare = failing('ESRCH', 'load x.bpf.o', { log })
  t.true(bare instanceof NotSupportedError)
  t.regex(bare.message, /vmlinux, cannot be read: sysfs is not mounted: mount -t sysfs sysfs \/sys, or pass a BTF file/)
  const without = failing('ESRCH', 'load x.bpf.o', { log, more: { '/sys/kernel/mm': '' } })
  t.regex(without.message, /the kernel has no BTF .*: use a kernel built with CONFIG_DEBUG_INFO_BTF, or pass/)
  t.regex(failing('ENOENT', 'count possible CPUs').message, /cpu\/possible does not exist: sysfs is not mounted/)
  t.regex(failing('ENOENT', 'read /proc/kallsyms').message, /\/proc is not mounted, or is mounted with subset=pid/)
})

test('a network namespace that ip netns does not list is told, with nothing said of other files', (t) => {
  t.regex(
    failing('ENOENT', 'open network namespace /run/netns/nope').message,
    /: ENOENT: there is no network namespace 'nope': \/run\/netns (is empty|has )/,
  )
  t.regex(failing('ENOENT', 'open network namespace /proc/9/ns/net').message, /: ENOENT: there is no process 9$/)
  t.regex(failing('ENOENT', 'open network namespace /var/run/docker/netns/x').message, /: ENOENT$/)
})
