import { spawnSync } from 'node:child_process'
import { release } from 'node:os'
import test from 'ava'
import '../helpers/no-leaks.js'
import { whyMissing } from '../helpers/features.js'

interface Diagnosis {
  readonly ready: boolean
  readonly facts: { readonly release: string; readonly missingCapabilities: readonly string[] }
  readonly checks: readonly { readonly name: string; readonly state: string; readonly advice?: string }[]
}

const run = (...args: string[]) =>
  spawnSync(process.execPath, ['dist/cli.cjs', 'doctor', ...args], { encoding: 'utf8', timeout: 120_000 })

const diagnosis = (stdout: string) => JSON.parse(stdout) as Diagnosis

test('doctor --json says what works, and status 0 that the bundled programs do', (t) => {
  const { status, stdout, stderr } = run('--json')
  t.is(stderr, '')
  t.is(status, 0)
  const { ready, facts, checks } = diagnosis(stdout)
  t.true(ready)
  t.is(facts.release, release())
  const state = (name: string) => checks.find((check) => check.name === name)?.state
  t.is(state('tcx'), whyMissing('tcx') === undefined ? 'ok' : 'degraded')
  t.is(state('kprobe'), whyMissing('kprobe') === undefined ? 'ok' : 'degraded')
  t.is(state('ebpf flows'), 'ok')
  t.is(state('ebpf retransmits'), 'ok')
  for (const check of checks) if (check.state === 'degraded') t.truthy(check.advice, check.name)
})

test('without privilege, doctor says what is missing and ends with status 1', (t) => {
  const command = ['--bounding-set=-all', '--inh-caps=-all', process.execPath, 'dist/cli.cjs', 'doctor', '--json']
  const { status, stdout } = spawnSync('setpriv', command, { encoding: 'utf8', timeout: 120_000 })
  t.is(status, 1)
  const { ready, facts, checks } = diagnosis(stdout)
  t.false(ready)
  t.deepEqual(facts.missingCapabilities, ['CAP_NET_ADMIN', 'CAP_PERFMON', 'CAP_BPF'])
  t.like(
    checks.find(({ name }) => name === 'capabilities'),
    { state: 'missing' },
  )
  t.is(checks.find(({ name }) => name === 'tcx')?.state, 'unknown')
})
