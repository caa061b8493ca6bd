import test from 'ava'
import { PermissionError } from '../../lib/errors.js'
import { createError } from '../../lib/internal/create-error.js'
import { tryCallsBy } from '../../lib/internal/refused-calls.js'
import { fakeSystem } from '../helpers/fake-system.js'

// include/uapi/linux/capability.h
const [netAdmin, ipcLock, sysAdmin, sysResource, perfmon, bpf] = [12, 14, 21, 24, 38, 39] as const
const three = [netAdmin, perfmon, bpf] as const

interface Machine {
  readonly capabilities?: readonly number[]
  readonly files?: Readonly<Record<string, string>>
  readonly release?: string
  readonly userNamespace?: number
  readonly seccomp?: boolean
}

/** The error of a refused operation on such a machine. */
function refused(
  operation: string,
  machine: Machine = {},
  fields: { code?: string; log?: string; cause?: unknown } = {},
) {
  const {
    capabilities = three,
    files = {},
    release = '6.1.0',
    userNamespace = 4_026_531_837,
    seccomp = false,
  } = machine
  const bits = capabilities.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n).toString(16)
  const giveBack = fakeSystem({
    files: { '/proc/thread-self/status': `CapEff:\t${bits}\nSeccomp:\t${seccomp ? 2 : 0}\n`, ...files },
    links: { '/proc/self/ns/user': `user:[${userNamespace}]` },
    release,
  })
  try {
    const error = createError({ code: 'EPERM', errno: 1, operation, ...fields })
    if (!(error instanceof PermissionError)) throw new Error(`not a PermissionError: ${error.message}`)
    const prefix = `${operation}: ${fields.code ?? 'EPERM'}: `
    return { missing: error.missing, why: error.message.replace(prefix, ''), reason: error.reason }
  } finally {
    giveBack()
  }
}

test('each operation names the capabilities that it takes, and no others', (t) => {
  for (const [operation, has, missing] of [
    ['load x.bpf.o', [], ['CAP_NET_ADMIN', 'CAP_PERFMON', 'CAP_BPF']],
    ['load x.bpf.o', [netAdmin, bpf], ['CAP_PERFMON']],
    ['create map counts', [], ['CAP_BPF']],
    ['create map ports', [bpf, perfmon], ['CAP_NET_ADMIN']],
    ['list every program', three, ['CAP_SYS_ADMIN']],
    ['describe map with id 3', three, ['CAP_SYS_ADMIN']],
    ['open map with id 3', three, ['CAP_SYS_ADMIN']],
    ['open program with id 3', three, ['CAP_SYS_ADMIN']],
    ['open the link 7', three, ['CAP_SYS_ADMIN']],
    ['read BTF with id 1', three, ['CAP_SYS_ADMIN']],
    ['enable statistics', three, ['CAP_SYS_ADMIN']],
    ['attach count to tcx', [bpf, perfmon], ['CAP_NET_ADMIN']],
    ['attach count to kprobe tcp_v4_connect', [bpf, netAdmin], ['CAP_PERFMON']],
    ['attach count to perf event', [bpf, netAdmin], ['CAP_PERFMON']],
    ['open perf buffer events', [bpf, netAdmin], ['CAP_PERFMON']],
    ['query tcx', [bpf, perfmon], ['CAP_NET_ADMIN']],
    ['read the mappings of process 1', three, ['CAP_SYS_PTRACE']],
  ] as const) {
    const error = refused(operation, { capabilities: has })
    t.deepEqual(error.missing, [...missing], operation)
    t.is(error.why, `the process lacks ${missing.join(', ')}`, operation)
    t.is(error.reason, error.why)
  }
  // CAP_SYS_ADMIN is more than CAP_BPF and CAP_PERFMON.
  t.deepEqual(refused('load x.bpf.o', { capabilities: [sysAdmin] }).missing, ['CAP_NET_ADMIN'])
})

test('EACCES is explained as EPERM is', (t) => {
  t.is(
    refused('load x', { capabilities: [netAdmin] }, { code: 'EACCES' }).why,
    'the process lacks CAP_PERFMON, CAP_BPF',
  )
})

test('another network namespace takes CAP_SYS_ADMIN, whatever was to be done there', (t) => {
  const log = 'cannot enter the network namespace: Operation not permitted\n'
  for (const operation of ['attach count to tcx', 'start iterator', 'open rtnetlink socket']) {
    t.deepEqual(refused(operation, {}, { log }).missing, ['CAP_SYS_ADMIN'], operation)
  }
})

test('in a user namespace of its own the process is told so', (t) => {
  const { missing, why } = refused('load x', { userNamespace: 4_026_532_200, capabilities: [sysAdmin, ...three] })
  t.deepEqual(missing, ['CAP_NET_ADMIN', 'CAP_PERFMON', 'CAP_BPF'])
  t.regex(why, /^the process is in its own user namespace .* CAP_BPF in the initial user namespace$/)
})

test.serial('a seccomp filter is named where it refuses the system call, and only there', (t) => {
  tryCallsBy((call) => call === 'bpf')
  t.teardown(() => tryCallsBy(() => false))
  t.regex(refused('load x', { seccomp: true }).why, /^a seccomp filter of the process blocks bpf\(2\): /)
  t.notRegex(refused('load x').why, /seccomp/)
  // What a call was not made for is not tried again: a filter may end the process.
  const log = "libbpf: prog 'x': failed to create kprobe perf event: Operation not permitted\n"
  t.notRegex(refused('attach x to kprobe f', { seccomp: true }, { log }).why, /refuses/)
  tryCallsBy((call) => call === 'perf_event_open')
  t.regex(refused('attach x to kprobe f', { seccomp: true }, { log }).why, /blocks perf_event_open\(2\)/)
  t.notRegex(refused('open cgroup /sys/fs/cgroup/x', { seccomp: true }).why, /refuses/)
})

const limits = (bytes: string) => ({
  '/proc/self/limits': `Max locked memory         ${bytes}                ${bytes}                bytes     \n`,
})

test('before Linux 5.11 the limit of locked memory is named', (t) => {
  for (const operation of ['load x', 'create map counts']) {
    const { missing, why } = refused(operation, { release: '5.10.0', files: limits('65536') })
    t.deepEqual(missing, ['CAP_SYS_RESOURCE'])
    t.regex(
      why,
      /RLIMIT_MEMLOCK \(ulimit -l\), 64 KiB.*before Linux 5\.11: set ulimit -l unlimited, .*CAP_SYS_RESOURCE/,
    )
    t.notRegex(why, /lockdown|to everyone/)
  }
  t.notRegex(refused('load x', { release: '5.11.0', files: limits('65536') }).why, /MEMLOCK/)
  t.notRegex(refused('load x', { release: '5.10.0', files: limits('unlimited') }).why, /MEMLOCK/)
  t.notRegex(refused('list every map', { release: '5.10.0', files: limits('65536') }).why, /MEMLOCK/)
  // Capabilities come first: the kernel looks at them first.
  t.notRegex(refused('load x', { release: '5.10.0', files: limits('65536'), capabilities: [] }).why, /MEMLOCK/)
  t.deepEqual(
    refused('load x', { release: '5.10.0', files: limits('65536'), capabilities: [...three, sysResource] }).missing,
    [],
  )
})

test('where a capability may be missing or the limit be reached, both are named', (t) => {
  const machine = { release: '5.10.0', files: limits('65536'), capabilities: [bpf, perfmon] }
  const log = "libbpf: map 'big': failed to create: Operation not permitted(-1)\n"
  for (const { missing, why } of [refused('create map big', machine), refused('load x', machine, { log })]) {
    t.deepEqual(missing, ['CAP_SYS_RESOURCE', 'CAP_NET_ADMIN'])
    t.regex(why, /RLIMIT_MEMLOCK .*; or the process lacks CAP_NET_ADMIN$/)
  }
  t.deepEqual(refused('load x', { ...machine, release: '6.1.0' }, { log }).missing, ['CAP_NET_ADMIN'])
  t.deepEqual(refused('load x', { capabilities: [perfmon] }, { log }).missing, ['CAP_NET_ADMIN', 'CAP_BPF'])
})

test('rings of perf buffers that are too large name what they count against', (t) => {
  const log = 'libbpf: failed to mmap perf buffer on cpu #0: Operation not permitted\n'
  const files = { ...limits('65536'), '/proc/sys/kernel/perf_event_mlock_kb': '516\n' }
  const { missing, why } = refused('open perf buffer events', { files }, { log })
  t.deepEqual(missing, ['CAP_IPC_LOCK'])
  t.regex(why, /516 KiB for each CPU \(kernel\.perf_event_mlock_kb\) and RLIMIT_MEMLOCK \(ulimit -l\), 64 KiB/)
  t.deepEqual(refused('open perf buffer events', { files, capabilities: [...three, ipcLock] }, { log }).missing, [])
})

const lockdown = (level: string) => ({
  '/sys/kernel/security/lockdown': 'none integrity confidentiality'.replace(level, `[${level}]`),
  '/sys/kernel/security/lsm': 'lockdown,capability,yama,apparmor',
})

test('the kernel forbids something to everyone only where its lockdown does', (t) => {
  for (const operation of [
    'load x',
    'attach x to kprobe f',
    'open /sys/kernel/tracing/trace_pipe',
    'read the trace pipe',
  ]) {
    const { missing, why } = refused(operation, { files: lockdown('confidentiality') })
    t.deepEqual(missing, [])
    t.regex(why, /^the kernel is locked down \(lockdown=confidentiality\), which forbids .* to everyone$/, operation)
    t.notRegex(refused(operation, { files: lockdown('none') }).why, /lock|everyone/, operation)
    t.notRegex(refused(operation, { files: lockdown('integrity') }).why, /everyone/, operation)
  }
  for (const target of ['tcx', 'tracepoint a/b']) {
    t.notRegex(refused(`attach x to ${target}`, { files: lockdown('confidentiality') }).why, /everyone/)
  }
})

test('what is not established is said to be possible', (t) => {
  t.is(
    refused('attach x to tcx', { files: lockdown('integrity') }).why,
    'the process has CAP_NET_ADMIN, which is all that this requires; possible reasons: lockdown=integrity, the security module apparmor',
  )
  t.regex(refused('attach x to tcx').why, /possible reasons: lockdown \(mount -t securityfs .*\), a security module$/)
  t.is(
    refused('attach x to tcx', { files: { '/sys/kernel/security/lsm': 'capability,yama' } }).why,
    'the process has CAP_NET_ADMIN, which is all that this requires',
  )
})

test('a level of perf_event_paranoid that only some kernels know is named', (t) => {
  const files = { ...lockdown('none'), '/proc/sys/kernel/perf_event_paranoid': '3\n' }
  const { missing, why } = refused('attach x to kprobe f', { files }, { code: 'EACCES' })
  t.deepEqual(missing, ['CAP_SYS_ADMIN'])
  t.regex(why, /^kernel\.perf_event_paranoid is 3: set it to 2, or run with CAP_SYS_ADMIN$/)
  t.notRegex(refused('attach x to tcx', { files }).why, /paranoid/)
})

test('a map that refuses an access is frozen or was opened without it', (t) => {
  for (const operation of ['update map counts', 'look up in map counts', 'map the memory of map counts']) {
    const { missing, why } = refused(operation, { capabilities: [] })
    t.deepEqual(missing, [])
    t.regex(why, /^the map is frozen, or was created or opened without that access/, operation)
  }
  // Until Linux 5.18 bpf(2) is closed to whoever lacks CAP_BPF.
  t.deepEqual(refused('update map counts', { capabilities: [], release: '5.10.0' }).missing, ['CAP_BPF'])
})
