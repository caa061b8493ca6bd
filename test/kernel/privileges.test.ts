import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import type { ExecutionContext } from 'ava'
import { kernelTest } from '../helpers/kernel-test.js'
import { sanitized } from '../helpers/sanitizers.js'
import { filtered } from '../helpers/seccomp.js'

const load = (...programs: string[]) => `
  const object = open('test/fixtures/handles.bpf.o')
  for (const program of object.programs.values()) program.autoload = ${JSON.stringify(programs)}.includes(program.name)
  const bpf = await object.load()`

const loadAndAttach = `
  const object = open('test/fixtures/handles.bpf.o')
  for (const program of object.programs.values()) program.autoload = program.name === 'on_raw_tp'
  object.globals.target_tgid = process.pid
  const bpf = await object.load()
  const link = bpf.program('on_raw_tp').attach()
  for (let i = 0; i < 10; i++) statSync('/')
  const { hits } = bpf.map('hits').get(1)
  link.close()
  bpf.close()`

const monitor = `
  const flows = await FlowMonitor.open({ interfaces: ['lo'] })
  const { totals } = await flows.stop()`

/** Runs code behind these words of a command, in its own network namespace; returns what it prints or throws. */
async function run(command: readonly string[], code: string): Promise<string> {
  const source = `
    import { closeSync, openSync, statSync } from 'node:fs'
        import { createMap, listMaps, listPrograms, open, openMap, PerfBuffer } from 'ebpf'
    import { enableStats, possibleCpus } from 'ebpf/kernel'
    import { kallsyms } from 'ebpf/symbols'
    import { FlowMonitor } from 'ebpf/flows'
    const said = async (attempt) => {
      try {
        await attempt()
        console.log('nothing was refused')
      } catch (error) {
        console.log(error.name, error.message)
      }
    }
    await said(async () => {
      ${code}
    })`
  const node = [process.execPath, '--input-type=module', '-e', source]
  const { stdout } = await promisify(execFile)('unshare', ['--net', ...command, ...node])
  return stdout
}

/** Words of a command that runs what follows as nobody, with some capabilities and no others. */
function nobodyWith(capabilities: readonly string[]): string[] {
  // If the checkout is in root's home, nobody may not read it.
  const set = ['-all', ...[...capabilities, 'dac_read_search'].map((name) => `+${name}`)].join(',')
  return [
    ...['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
    ...[`--inh-caps=${set}`, `--ambient-caps=${set}`, `--bounding-set=${set}`],
  ]
}

/** Runs code as nobody, and prints the result or what it throws. */
async function asNobody(capabilities: readonly string[], code: string, result: string): Promise<string> {
  const said = await run(nobodyWith(capabilities), `${code}\nconsole.log(process.getuid(), ${result})`)
  return said.replace('nothing was refused\n', '')
}

const enough = ['bpf', 'perfmon', 'net_admin']

kernelTest('CAP_BPF and CAP_PERFMON are enough to load, attach and read', {}, async (t) => {
  t.is(await asNobody(['bpf', 'perfmon'], loadAndAttach, 'hits >= 10n'), '65534 true\n')
})

kernelTest('CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN are enough for flows', {}, async (t) => {
  t.is(await asNobody(enough, monitor, 'totals.packets >= 0'), '65534 true\n')
})

async function isRefused(t: ExecutionContext, missing: string, code: string): Promise<void> {
  const without = enough.filter((name) => `CAP_${name.toUpperCase()}` !== missing)
  const said = await asNobody(without, code, '"nothing was refused"')
  t.regex(said, new RegExp(`^(Permission|Verifier)Error .*the process lacks ${missing}`), said)
}

for (const [missing, code] of [
  ['CAP_BPF', loadAndAttach],
  ['CAP_PERFMON', loadAndAttach],
  ['CAP_NET_ADMIN', monitor],
] as const) {
  kernelTest(`without ${missing} the error names it`, {}, (t) => isRefused(t, missing, code))
}

kernelTest('what CAP_SYS_ADMIN or CAP_SYSLOG is for is named, with the three other capabilities', {}, async (t) => {
  const lines = await run(
    nobodyWith(enough),
    `await said(() => [...listPrograms()])
     await said(() => [...listMaps()])
     await said(() => openMap({ name: 'nobody_has_it' }))
     await said(() => openMap({ id: 1 }))
     await said(() => enableStats())
     await said(() => FlowMonitor.open({ netns: '/proc/' + process.ppid + '/ns/net', interfaces: ['lo'] }))
     await said(() => FlowMonitor.open({ netns: '/proc/self/ns/net', interfaces: ['lo'] }))
     await said(() => kallsyms())`,
  )
  const [all, each, byName, byId, stats, foreign, entered, symbols] = lines.split('\n')
  for (const line of [all, each, byName, byId, stats, entered]) {
    t.regex(line ?? '', /^PermissionError .*: the process lacks CAP_SYS_ADMIN$/, lines)
  }
  t.regex(foreign ?? '', /^PermissionError .*: the process lacks CAP_SYS_(PTRACE|ADMIN)$/, lines)
  t.regex(symbols ?? '', /^(PermissionError .*the process lacks CAP_SYSLOG|nothing was refused)/, lines)
  t.notRegex(lines, /everyone/)
})

kernelTest('without CAP_SYSLOG no program gets 0 for the address of a kernel symbol', {}, async (t) => {
  const code = (name: string) => `
    const bpf = await open('test/fixtures/${name}.bpf.o').load()
    const link = bpf.program('on_sys_enter').attach()
    statSync('/')
    const { strong, weak } = bpf.globals
    link.close()
    bpf.close()`
  const said = (capabilities: readonly string[], name: string) =>
    asNobody(['bpf', 'perfmon', ...capabilities], code(name), '[strong > 2n ** 63n, weak]')
  t.is(await said(['syslog'], 'ksyms'), '65534 [ true, 0n ]\n')
  t.regex(
    await said([], 'ksyms'),
    /^PermissionError load .*'bpf_prog_put': .* hides its address: .* lacks CAP_SYSLOG$/m,
  )
  // Whether the kernel has a symbol is visible without its address.
  t.is(await said([], 'ksyms_weak'), '65534 [ false, 0n ]\n')
})

kernelTest(
  'capabilities in a user namespace do not count, which the error says',
  { needs: ['user_namespace'] },
  async (t) => {
    const lines = await run(
      ['unshare', '--user', '--map-root-user'],
      `await said(async () => { ${load('run_once')} })
     createMap({ type: 'hash', keySize: 4, valueSize: 4, maxEntries: 1 })`,
    )
    t.is(lines.match(/in its own user namespace .* CAP_BPF in the initial user namespace$/gm)?.length, 2, lines)
  },
)

kernelTest('a seccomp filter that refuses a system call is named', {}, async (t) => {
  const refused = (errno: number, code: string) => run(filtered(errno, ['bpf']), code)
  const whole = load('run_once')
  t.regex(await refused(1, whole), /^PermissionError load .*a seccomp filter of the process blocks bpf\(2\)/)
  t.regex(await refused(38, whole), /^BpfError load .*: ENOSYS: .*a seccomp filter of the process blocks it/)
  const perf = `
    const map = createMap({ type: 'perf_event_array', keySize: 4, valueSize: 4, maxEntries: 1 })
    new PerfBuffer(map)`
  const said = await run(filtered(1, ['perf_event_open']), perf)
  t.regex(said, /^PermissionError open perf buffer .*a seccomp filter of the process blocks perf_event_open\(2\)/)
})

kernelTest('doctor answers where bpf(2) is refused or not there, and without /proc', {}, async (t) => {
  const doctor = async (command: readonly string[]) => {
    const [file = '', ...before] = [...command, process.execPath, 'dist/cli.cjs', 'doctor', '--json']
    // Perl complains about a locale that its machine lacks.
    const env = { ...process.env, LC_ALL: 'C' }
    const { stdout, stderr, status } = spawnSync(file, before, { encoding: 'utf8', env })
    t.is(stderr, '')
    t.is(status, 1)
    return JSON.parse(stdout).checks as { name: string; state: string; found: string }[]
  }
  for (const errno of [1, 38]) {
    const checks = await doctor(filtered(errno, ['bpf']))
    t.like(
      checks.find(({ name }) => name === 'seccomp'),
      { state: 'missing', found: 'a filter refuses bpf(2)' },
    )
    t.true(checks.some(({ name, state }) => name === 'ebpf flows' && state === 'missing'))
  }
  // AddressSanitizer reads its options from /proc.
  if (sanitized) return
  const checks = await doctor(['unshare', '--mount', 'sh', '-euc', 'mount -t tmpfs none /proc; exec "$@"', 'sh'])
  t.is(checks.find(({ name }) => name === 'ebpf retransmits')?.state, 'missing')
})

kernelTest('an object that runs out of descriptors while it loads says so', {}, async (t) => {
  const lines = await run(
    ['prlimit', '--nofile=64'],
    `possibleCpus()
     for (let free = 0; free < 24; free++) {
       const taken = []
       try {
         for (;;) taken.push(openSync('/dev/null'))
       } catch {}
       for (const fd of taken.splice(0, free)) closeSync(fd)
       await said(async () => { ${load('run_once', 'on_raw_tp', 'on_tracepoint', 'on_kprobe')}; bpf.close() })
       for (const fd of taken) closeSync(fd)
     }`,
  )
  const said = [...new Set(lines.trimEnd().split('\n'))]
  t.is(said.pop(), 'nothing was refused', lines)
  for (const line of said) t.regex(line, /^BpfError .*: EMFILE: .*RLIMIT_NOFILE \(ulimit -n\)( = 64)?$/)
  t.true(
    said.some((line) => /prog '\w+': BPF program load failed/.test(line)),
    lines,
  )
})
