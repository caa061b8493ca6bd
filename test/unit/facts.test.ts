import test from 'ava'
import { missingCapabilities } from '../../lib/internal/capabilities.js'
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

test('in a user namespace of its own a process lacks what BPF takes, whatever its capabilities there', (t) => {
  const links = (inode: number) => ({ '/proc/self/ns/user': `user:[${inode}]` })
  const files = status(netAdmin, sysAdmin, perfmon, bpf)
  t.deepEqual(on({ files, links: links(4_026_531_837) }, missingCapabilities), [])
  t.deepEqual(on({ files, links: links(4_026_532_200) }, missingCapabilities), [
    'CAP_NET_ADMIN',
    'CAP_PERFMON',
    'CAP_BPF',
  ])
  t.true(on({ files, links: links(4_026_532_200) }, kernelFacts).userNamespace)
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
    '/proc/self/limits':
      'Limit  Soft Limit  Hard Limit  Units\nMax locked memory         65536                unlimited            bytes     \n',
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
    proc: true,
    release: '6.1.0',
    missingCapabilities: [],
    alsoMissing: ['CAP_SYSLOG'],
    userNamespace: false,
    seccomp: false,
    memoryLockLimit: 65_536,
    btf: true,
    btfModules: ['veth'],
    jit: 'on',
    unprivilegedBpfDisabled: 0,
    lockdown: 'integrity',
    securityModules: ['capability', 'yama', 'bpf'],
    kptrRestrict: 2,
    perfEventParanoid: -1,
    tracefs: '/sys/kernel/tracing',
    tracefsUsable: false,
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
  t.like(on({}, kernelFacts), { userNamespace: false, seccomp: false, memoryLockLimit: undefined })
  const absent = { kptrRestrict: undefined, perfEventParanoid: undefined, tracefs: undefined, bpffs: undefined }
  t.like(on({ files: status() }, kernelFacts), { ...unknown, ...absent, btf: false, btfModules: [] })
  const files = {
    ...status(),
    '/proc/sys/net/core/bpf_jit_enable': '2',
    '/proc/sys/kernel/unprivileged_bpf_disabled': '1',
    '/sys/kernel/tracing/events/enable': '',
    '/proc/self/limits': 'Max locked memory         unlimited            unlimited            bytes     \n',
  }
  t.like(on({ files }, kernelFacts), {
    jit: 'debug',
    unprivilegedBpfDisabled: 1,
    tracefsUsable: true,
    memoryLockLimit: Number.POSITIVE_INFINITY,
  })
})
