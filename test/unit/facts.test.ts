import test from 'ava'
import { PermissionError } from '../../lib/errors.js'
import { missingCapabilities } from '../../lib/internal/capabilities.js'
import { createError } from '../../lib/internal/create-error.js'
import { isOlderThan } from '../../lib/internal/kernel-version.js'
import { kernelFacts } from '../../lib/kernel/facts.js'
import { fakeSystem } from '../helpers/fake-system.js'

/** The status of a process that has these capabilities, by their bits. */
const status = (...bits: number[]) => ({
  '/proc/thread-self/status': `Name:\tnode\nCapPrm:\t000001ffffffffff\nCapEff:\t${bits
    .reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n)
    .toString(16)
    .padStart(16, '0')}\nCapBnd:\t000001ffffffffff\n`,
})

/** What `look` returns on a machine with these files. */
function on<R>(system: Parameters<typeof fakeSystem>[0], look: () => R): R {
  const giveBack = fakeSystem(system)
  try {
    return look()
  } finally {
    giveBack()
  }
}

// include/uapi/linux/capability.h
const [netAdmin, sysAdmin, perfmon, bpf] = [12, 21, 38, 39] as const

test('the capabilities that BPF needs are told where they are missing, and CAP_SYS_ADMIN stands for two of them', (t) => {
  const missing = (...bits: number[]) => on({ files: status(...bits) }, missingCapabilities)
  t.deepEqual(missing(netAdmin, perfmon, bpf), [])
  t.deepEqual(missing(perfmon, bpf), ['CAP_NET_ADMIN'])
  t.deepEqual(missing(netAdmin, bpf), ['CAP_PERFMON'])
  t.deepEqual(missing(netAdmin, perfmon), ['CAP_BPF'])
  t.deepEqual(missing(), ['CAP_NET_ADMIN', 'CAP_PERFMON', 'CAP_BPF'])
  t.deepEqual(missing(sysAdmin), ['CAP_NET_ADMIN'])
  t.deepEqual(missing(sysAdmin, netAdmin), [])
})

test('what was not permitted names the capabilities that are missing, or says that they are not the reason', (t) => {
  for (const [code, errno] of [
    ['EPERM', 1],
    ['EACCES', 13],
  ] as const) {
    const make = () => createError({ code, errno, operation: 'load it' })
    const lacking = on({ files: status(netAdmin) }, make)
    t.true(lacking instanceof PermissionError)
    t.deepEqual((lacking as PermissionError).missing, ['CAP_PERFMON', 'CAP_BPF'])
    t.is(lacking.message, `load it: ${code}: the process lacks CAP_PERFMON, CAP_BPF`)
    const having = on({ files: status(netAdmin, perfmon, bpf) }, make)
    t.deepEqual((having as PermissionError).missing, [])
    t.regex(having.message, /the process has the capabilities, so the kernel forbids it/)
  }
})

test('a kernel is older than what comes after its version, whatever follows its numbers', (t) => {
  const older = (release: string, version: string) => on({ release }, () => isOlderThan(version))
  for (const version of ['6.12', '6.9', '5.19', '4.1']) t.false(older('6.12.0-1-amd64', version), version)
  for (const version of ['6.13', '6.100', '7.0']) t.true(older('6.12.0-1-amd64', version), version)
  t.false(older('7.2-rc1', '7.2'))
  t.true(older('7.2-rc1', '7.3'))
})

test('the kernel’s settings are what its files say', (t) => {
  const files = {
    ...status(netAdmin, sysAdmin),
    '/sys/kernel/btf/vmlinux': '',
    '/sys/kernel/btf/veth': '',
    '/proc/sys/net/core/bpf_jit_enable': '1\n',
    '/proc/sys/kernel/unprivileged_bpf_disabled': '0\n',
    '/proc/sys/kernel/kptr_restrict': '2\n',
    '/proc/sys/kernel/perf_event_paranoid': '-1\n',
    '/sys/kernel/security/lockdown': 'none [integrity] confidentiality\n',
    '/sys/kernel/security/lsm': 'capability,yama,bpf\n',
    '/proc/self/mounts': [
      'tracefs /sys/kernel/debug/tracing tracefs rw 0 0',
      'tracefs /sys/kernel/tracing tracefs rw 0 0',
      'none /tmp/bpf/of/another bpf rw 0 0',
      'bpf /sys/fs/bpf bpf rw 0 0',
      'bpf /run/user/1000/bpffs bpf rw 0 0',
      'proc /proc proc rw 0 0',
    ].join('\n'),
  }
  t.deepEqual(on({ files, release: '6.1.0' }, kernelFacts), {
    release: '6.1.0',
    missingCapabilities: [],
    btf: true,
    btfModules: ['veth'],
    jit: 'on',
    unprivilegedBpfDisabled: 0,
    lockdown: 'integrity',
    securityModules: ['capability', 'yama', 'bpf'],
    kptrRestrict: 2,
    perfEventParanoid: -1,
    tracefs: '/sys/kernel/tracing',
    bpffs: '/sys/fs/bpf',
  })
})

test('settings that the kernel does not tell are undefined', (t) => {
  const unknown = {
    jit: undefined,
    unprivilegedBpfDisabled: undefined,
    lockdown: undefined,
    securityModules: undefined,
  }
  const absent = { kptrRestrict: undefined, perfEventParanoid: undefined, tracefs: undefined, bpffs: undefined }
  t.like(on({ files: status() }, kernelFacts), { ...unknown, ...absent, btf: false, btfModules: [] })
  const files = {
    ...status(),
    '/proc/sys/net/core/bpf_jit_enable': '2',
    '/proc/sys/kernel/unprivileged_bpf_disabled': '1',
  }
  t.like(on({ files }, kernelFacts), { jit: 'debug', unprivilegedBpfDisabled: 1 })
})
