import test from 'ava'
import { answered } from '../../lib/cli/doctor/check.js'
import { settingsChecks } from '../../lib/cli/doctor/settings.js'
import { type Diagnosis, doctorCommand } from '../../lib/cli/doctor.js'
import { BpfError, PermissionError } from '../../lib/errors.js'
import type { KernelFacts } from '../../lib/kernel/facts.js'
import { fakeSurroundings, runCommand, statusAfter } from '../helpers/run-command.js'

const facts: KernelFacts = {
  release: '6.18.0',
  missingCapabilities: [],
  btf: true,
  btfModules: [],
  jit: 'on',
  unprivilegedBpfDisabled: 2,
  lockdown: 'integrity',
  securityModules: [],
  kptrRestrict: 0,
  perfEventParanoid: 2,
  tracefs: '/sys/kernel/tracing',
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

async function doctor(args: readonly string[], change: Partial<Diagnosis> = {}) {
  const around = fakeSurroundings()
  const command = doctorCommand(async () => ({ ...diagnosis, ...change }), around)
  return { status: await statusAfter(() => runCommand(command, args)), printed: around.output.written }
}

test.serial('doctor prints a table, and what follows from it', async (t) => {
  t.deepEqual(await doctor([]), {
    status: 0,
    printed: `Linux 6.18.0
AREA    WHAT  STATE     FOUND  ADVICE
kernel  JIT   ok        on
attach  tcx   degraded  no     Linux 6.6
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

const check = (name: string, change: Partial<KernelFacts>): unknown =>
  settingsChecks({ ...facts, ...change }).find((each) => each.name === name)

test('each setting is said to be as it was found, with what to do about it', (t) => {
  t.true(settingsChecks(facts).every(({ state, advice }) => state === 'ok' && advice === undefined))
  for (const [name, change, state, found, advice] of [
    ['capabilities', {}, 'ok', 'all that BPF needs'],
    [
      'capabilities',
      { missingCapabilities: ['CAP_BPF', 'CAP_PERFMON'] },
      'missing',
      'lacks CAP_BPF, CAP_PERFMON',
      'run as root, or: setcap cap_bpf,cap_perfmon+ep $(command -v node)',
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
      'confidentiality: programs cannot read kernel memory',
      'boot with lockdown=integrity or none',
    ],
    ['lockdown', { lockdown: undefined }, 'unknown', 'securityfs is not mounted, or the kernel has no lockdown'],
    ['tracefs', {}, 'ok', '/sys/kernel/tracing'],
    [
      'tracefs',
      { tracefs: undefined },
      'degraded',
      'is not mounted: no tracepoints by name',
      'mount -t tracefs tracefs /sys/kernel/tracing',
    ],
    ['bpffs', {}, 'ok', '/sys/fs/bpf'],
    ['bpffs', { bpffs: undefined }, 'degraded', 'is not mounted: no pinning', 'mount -t bpf bpf /sys/fs/bpf'],
  ] as const) {
    const area = name === 'capabilities' ? 'process' : 'kernel'
    t.deepEqual(check(name, change), { area, name, state, found, ...(advice && { advice }) }, JSON.stringify(change))
  }
})

test('a question that the process may not ask has no answer, and any other failure is thrown', (t) => {
  const failing = (error: Error) => () =>
    answered(() => {
      throw error
    })
  const fields = { code: 'EPERM', errno: 1, operation: 'bpf' }
  t.deepEqual([answered(() => true), answered(() => false)], [true, false])
  t.is(failing(new PermissionError(fields, []))(), undefined)
  t.throws(failing(new BpfError(fields)), { message: 'bpf: EPERM' })
})
