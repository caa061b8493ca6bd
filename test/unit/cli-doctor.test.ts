import test from 'ava'
import { answered, type Check } from '../../lib/cli/doctor/check.js'
import { processChecks } from '../../lib/cli/doctor/process.js'
import { settingsChecks } from '../../lib/cli/doctor/settings.js'
import { type Diagnosis, doctorCommand } from '../../lib/cli/doctor.js'
import { BpfError, PermissionError } from '../../lib/errors.js'
import type { KernelFacts } from '../../lib/kernel/facts.js'
import { fakeSystem } from '../helpers/fake-system.js'
import { fakeSurroundings, runCommand, statusAfter } from '../helpers/run-command.js'

const facts: KernelFacts = {
  release: '6.18.0',
  proc: true,
  missingCapabilities: [],
  alsoMissing: [],
  userNamespace: false,
  seccomp: false,
  memoryLockLimit: 65_536,
  btf: true,
  btfModules: [],
  jit: 'on',
  unprivilegedBpfDisabled: 2,
  lockdown: 'integrity',
  securityModules: [],
  kptrRestrict: 0,
  perfEventParanoid: 2,
  tracefs: '/sys/kernel/tracing',
  tracefsUsable: true,
  bpffs: '/sys/fs/bpf',
}

const diagnosis: Diagnosis = {
  ready: true,
  facts,
  checks: [
    { area: 'kernel', name: 'JIT', state: 'ok', found: 'on' },
    { area: 'attach', name: 'tcx', state: 'degraded', found: 'no', advice: 'Linux 6.6' },
  ],
}

async function doctor(args: readonly string[], change: Partial<Diagnosis> = {}, columns = 200) {
  const around = fakeSurroundings()
  Object.assign(around.output, { columns })
  const command = doctorCommand(async () => ({ ...diagnosis, ...change }), around)
  return { status: await statusAfter(() => runCommand(command, args)), printed: around.output.written }
}

test.serial('doctor prints a table, and what follows from it', async (t) => {
  t.deepEqual(await doctor([]), {
    status: 0,
    printed: `Linux 6.18.0
AREA    WHAT  STATE     FOUND
kernel  JIT   ok        on
attach  tcx   degraded  no
    Linux 6.6
The bundled programs run here.
`,
  })
})

test.serial('doctor ends with status 1 where the bundled programs cannot run', async (t) => {
  const { status, printed } = await doctor([], { ready: false })
  t.is(status, 1)
  t.true(printed.endsWith('\nThe bundled programs cannot run here.\n'))
  t.is((await doctor(['--json'], { ready: false })).status, 1)
})

test.serial('doctor --json prints one object', async (t) => {
  t.deepEqual(await doctor(['--json']), { status: 0, printed: `${JSON.stringify(diagnosis)}\n` })
})

test.serial('doctor fits 80 columns, whatever is found', async (t) => {
  const path = `/home/somebody/${'project/'.repeat(20)}flow.bpf.o`
  const checks = [
    ...processChecks({ ...facts, missingCapabilities: ['CAP_NET_ADMIN', 'CAP_PERFMON', 'CAP_BPF'] }),
    { area: 'programs', name: 'ebpf flows', state: 'missing', found: `load ${path}: EPERM`, advice: 'see above' },
  ] as const
  const { printed } = await doctor([], { checks }, 80)
  const lines = printed.trimEnd().split('\n')
  t.is(Math.max(...lines.map(({ length }) => length)), 80)
  t.regex(lines.join('').replaceAll(' ', ''), new RegExp(`load${path}:EPERM`))
})

const check = (name: string, change: Partial<KernelFacts>, refusesBpf = false): unknown =>
  [...processChecks({ ...facts, ...change }, refusesBpf), ...settingsChecks({ ...facts, ...change })].find(
    (each) => each.name === name,
  )

test('each setting is said to be as it was found, with what to do about it', (t) => {
  const all = [...processChecks(facts), ...settingsChecks(facts)]
  t.true(all.every(({ state, advice }) => state === 'ok' && advice === undefined))
  for (const [name, change, state, found, advice] of [
    ['capabilities', {}, 'ok', 'all that loading and attaching take'],
    [
      'capabilities',
      { missingCapabilities: ['CAP_BPF', 'CAP_PERFMON'] },
      'missing',
      'lacks CAP_BPF, CAP_PERFMON',
      'run as root, or with ambient capabilities: AmbientCapabilities=CAP_BPF CAP_PERFMON in a systemd unit, or sudo setpriv --reuid=$(id -u) --regid=$(id -g) --init-groups --inh-caps=+bpf,+perfmon --ambient-caps=+bpf,+perfmon COMMAND',
    ],
    [
      'capabilities',
      { missingCapabilities: ['CAP_BPF'], userNamespace: true },
      'missing',
      'do not count in a user namespace',
    ],
    [
      'user namespace',
      { userNamespace: true },
      'missing',
      'one of its own',
      'run it outside of the rootless container or user namespace: BPF asks for capabilities in the initial one',
    ],
    ['seccomp', {}, 'ok', 'no filter'],
    ['seccomp', { seccomp: true }, 'ok', 'a filter is in force, which lets bpf(2) pass'],
    [
      'other namespaces',
      { alsoMissing: ['CAP_SYS_ADMIN'] },
      'degraded',
      'lacks CAP_SYS_ADMIN',
      'CAP_SYS_ADMIN is for flows and interfaces of other network namespaces (--netns)',
    ],
    [
      'listing by id',
      { alsoMissing: ['CAP_SYS_ADMIN'] },
      'degraded',
      'lacks CAP_SYS_ADMIN',
      'CAP_SYS_ADMIN is for listPrograms(), listMaps(), listLinks(), openMap by id or name, enableStats()',
    ],
    ['listing by id', { alsoMissing: ['CAP_SYSLOG'] }, 'ok', 'allowed'],
    ['kernel symbols', { alsoMissing: ['CAP_SYSLOG'], perfEventParanoid: 1 }, 'ok', 'allowed'],
    [
      'kernel symbols',
      { alsoMissing: ['CAP_SYSLOG'] },
      'degraded',
      'lacks CAP_SYSLOG',
      'CAP_SYSLOG is for addresses in kallsyms() and stacks',
    ],
    [
      'kernel symbols',
      { kptrRestrict: 2 },
      'degraded',
      'kernel.kptr_restrict is 2',
      'sysctl kernel.kptr_restrict=1, for addresses in kallsyms() and stacks',
    ],
    ['BTF', {}, 'ok', '/sys/kernel/btf/vmlinux'],
    [
      'BTF',
      { btf: false },
      'missing',
      'the kernel has no types of its own',
      'a kernel built with CONFIG_DEBUG_INFO_BTF, or a BTF file for it (OpenOptions.kernelBtf)',
    ],
    ['JIT', { jit: 'debug' }, 'ok', 'debug'],
    ['JIT', { jit: 'off' }, 'degraded', 'off: programs are interpreted', 'sysctl net.core.bpf_jit_enable=1'],
    ['JIT', { jit: undefined }, 'unknown', 'net.core.bpf_jit_enable cannot be read'],
    ['lockdown', { lockdown: 'none' }, 'ok', 'none'],
    [
      'lockdown',
      { lockdown: 'confidentiality' },
      'degraded',
      'confidentiality: no kprobes, no trace_pipe, and programs cannot read kernel memory',
      'boot with lockdown=integrity or none',
    ],
    ['lockdown', { lockdown: undefined }, 'ok', 'the kernel has none'],
    [
      'lockdown',
      { lockdown: undefined, securityModules: undefined },
      'unknown',
      'securityfs is not mounted',
      'mount -t securityfs securityfs /sys/kernel/security',
    ],
    ['tracefs', {}, 'ok', '/sys/kernel/tracing'],
    [
      'tracefs',
      { tracefs: undefined, tracefsUsable: false },
      'degraded',
      'is not mounted: no tracepoints by name',
      'mount -t tracefs tracefs /sys/kernel/tracing',
    ],
    [
      'tracefs',
      { tracefsUsable: false },
      'degraded',
      '/sys/kernel/tracing is closed to this process: no tracepoints by name',
      'run as root or with CAP_DAC_READ_SEARCH, or: mount -o remount,gid=GROUP /sys/kernel/tracing',
    ],
    ['bpffs', {}, 'ok', '/sys/fs/bpf'],
    ['bpffs', { bpffs: undefined }, 'degraded', 'is not mounted: no pinning', 'mount -t bpf bpf /sys/fs/bpf'],
  ] as const) {
    const area = processChecks(facts).some((each) => each.name === name) ? 'process' : 'kernel'
    t.deepEqual(check(name, change), { area, name, state, found, ...(advice && { advice }) }, JSON.stringify(change))
  }
})

test('a filter that refuses bpf(2) is missing, and says where to allow it', (t) => {
  t.like(check('seccomp', { seccomp: true }, true), { state: 'missing', found: 'a filter refuses bpf(2)' })
})

test.serial('the limit of locked memory is told before Linux 5.11 only', (t) => {
  const limit = (release: string, change: Partial<KernelFacts>) => {
    const giveBack = fakeSystem({ release })
    try {
      return check('memory limit', change) as Check | undefined
    } finally {
      giveBack()
    }
  }
  t.is(limit('5.11.0', {}), undefined)
  t.like(limit('5.10.0', {}), { state: 'ok', found: 'is raised where it is too low' })
  t.like(limit('5.10.0', { memoryLockLimit: Number.POSITIVE_INFINITY }), { state: 'ok', found: 'unlimited' })
  const low = limit('5.10.0', { alsoMissing: ['CAP_SYS_RESOURCE'] })
  t.is(low?.state, 'degraded')
  t.regex(`${low?.found} ${low?.advice}`, /RLIMIT_MEMLOCK is 64 KiB.*ulimit -l unlimited.*CAP_SYS_RESOURCE/)
})

test('a question that the process may not ask has no answer, and one that fails says how', (t) => {
  const failing = (error: unknown) =>
    answered(() => {
      throw error
    })
  const fields = { code: 'EPERM', errno: 1, operation: 'bpf' }
  t.deepEqual([answered(() => true), answered(() => false)], [true, false])
  t.is(
    failing(new PermissionError(fields, ['CAP_BPF'], 'the process lacks CAP_BPF')),
    'finding out takes the capabilities',
  )
  t.is(failing(new PermissionError(fields, [], 'a filter refuses it')), 'a filter refuses it')
  t.is(failing(new BpfError({ ...fields, code: 'ENOSYS' })), 'bpf: ENOSYS')
  t.is(failing(new TypeError('odd')), 'odd')
})

test.serial('the JSON of doctor holds nothing that a terminal acts on', async (t) => {
  const found = 'eth0\u202e\u001b]0;x\u0007\u009b'
  const checks = [{ area: 'kernel', name: 'JIT', state: 'ok', found }] as const
  const { printed } = await doctor(['--json'], { checks })
  t.notRegex(printed.trimEnd(), /[\p{Cc}\p{Cf}]/u)
  t.is((JSON.parse(printed) as Diagnosis).checks[0]?.found, found)
})

test.serial('kernel symbols are not said to be there where /proc has no kallsyms', (t) => {
  const giveBack = fakeSystem({ files: { '/proc/self/status': '' } })
  try {
    const found = processChecks(facts).find(({ name }) => name === 'kernel symbols')
    t.is(found?.state, 'degraded')
    t.regex(`${found?.found} ${found?.advice}`, /^\/proc\/kallsyms is not there .*subset=pid/)
  } finally {
    giveBack()
  }
})

test('without /proc nothing is claimed that only it tells, and mounting it is the advice', (t) => {
  const blind = { ...facts, proc: false, tracefs: undefined, tracefsUsable: false, bpffs: undefined }
  const process = processChecks(blind)
  t.deepEqual(process[0], {
    area: 'process',
    name: '/proc',
    state: 'missing',
    found: 'is not mounted, or does not show this process',
    advice: 'mount -t proc proc /proc',
  })
  t.true(process.slice(1).every(({ state }) => state === 'unknown'))
  const mounts = settingsChecks(blind).filter(({ name }) => name === 'tracefs' || name === 'bpffs')
  t.deepEqual(
    mounts.map(({ state }) => state),
    ['unknown', 'unknown'],
  )
  t.false(processChecks(facts).some(({ name }) => name === '/proc'))
})
