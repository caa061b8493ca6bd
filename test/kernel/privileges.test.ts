import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { ExecutionContext } from 'ava'
import { kernelTest } from '../helpers/kernel-test.js'

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

/** Runs code as nobody, in a network namespace of its own, with some capabilities and no other; what it throws is printed. */
async function asNobody(capabilities: readonly string[], code: string, result: string): Promise<string> {
  // A checkout in root's home is one that nobody may not read.
  const set = ['-all', ...[...capabilities, 'dac_read_search'].map((name) => `+${name}`)].join(',')
  const source = `
    import { statSync } from 'node:fs'
    import { open } from 'ebpf'
    import { FlowMonitor } from 'ebpf/flows'
    try {
      ${code}
      console.log(process.getuid(), ${result})
    } catch (error) {
      console.log(error.name, error.message)
    }`
  const { stdout } = await promisify(execFile)('unshare', [
    ...['--net', 'setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
    ...[`--inh-caps=${set}`, `--ambient-caps=${set}`, `--bounding-set=${set}`],
    ...[process.execPath, '--input-type=module', '-e', source],
  ])
  return stdout
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
