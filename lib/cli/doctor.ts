import { Command, Option } from 'commander'
import { refusedCalls } from '../internal/refused-calls.js'
import { type KernelFacts, kernelFacts } from '../kernel/facts.js'
import { libbpfVersion } from '../kernel/system.js'
import { colors, type Paint } from './colors.js'
import { type Check, reasonOf, type State } from './doctor/check.js'
import { featureChecks } from './doctor/features.js'
import { processChecks } from './doctor/process.js'
import { programChecks } from './doctor/programs.js'
import { settingsChecks } from './doctor/settings.js'
import { wrap } from './doctor/wrap.js'
import { jsonText } from './json.js'
import { surroundings } from './surroundings.js'
import { type Column, table } from './table.js'
import { widthOf } from './text.js'

/** What `ebpf doctor --json` prints. */
export interface Diagnosis {
  /** Whether the bundled programs can run here. */
  readonly ready: boolean
  readonly facts: KernelFacts
  readonly checks: readonly Check[]
}

export function doctorCommand(examine = diagnose, { output } = surroundings): Command {
  return new Command('doctor')
    .description('what this kernel and these capabilities allow, and how to fix the rest')
    .addOption(new Option('--json', 'one JSON object'))
    .action(async ({ json }: { readonly json?: boolean }) => {
      const diagnosis = await examine()
      output.write(`${json ? jsonText(diagnosis) : diagnosisText(diagnosis, output.columns ?? 80)}\n`)
      if (!diagnosis.ready) process.exitCode = 1 // a bundled program cannot run
    })
}

async function diagnose(): Promise<Diagnosis> {
  const facts = kernelFacts()
  const addon = addonCheck()
  if (addon.state !== 'ok')
    return { ready: false, facts, checks: [addon, ...processChecks(facts), ...settingsChecks(facts)] }
  const features = featureChecks()
  const programs = await programChecks()
  // Only after programs were loaded, or after trying: a seccomp filter may kill a process that makes a forbidden call.
  const refusesBpf = facts.seccomp && facts.missingCapabilities.length === 0 && refusedCalls(['bpf']).length > 0
  const checks = [addon, ...processChecks(facts, refusesBpf), ...settingsChecks(facts), ...features, ...programs]
  return { ready: programs.every(({ state }) => state === 'ok'), facts, checks }
}

function addonCheck(): Check {
  try {
    return { area: 'process', name: 'addon', state: 'ok', found: `libbpf ${libbpfVersion()}` }
  } catch (error) {
    return { area: 'process', name: 'addon', state: 'missing', found: reasonOf(error) }
  }
}

const paint: Record<State, Paint> = {
  ok: colors.green,
  degraded: colors.yellow,
  missing: colors.red,
  unknown: colors.dim,
}

const columns: Column<Check>[] = [
  { title: 'AREA', text: ({ area }) => area },
  { title: 'WHAT', text: ({ name }) => name },
  { title: 'STATE', text: ({ state }) => state, paint: ({ state }) => paint[state] },
]

const adviceIndent = 4

function diagnosisText({ ready, facts, checks }: Diagnosis, width: number): string {
  const verdict = ready
    ? colors.green('The bundled programs run here.')
    : colors.red('The bundled programs cannot run here.')
  return [`Linux ${facts.release}`, ...rows(checks, Math.max(width, narrowest)), verdict].join('\n')
}

/** Each check, with the finding beside it and the advice below it, so that commands are split into few lines. */
function rows(checks: readonly Check[], width: number): string[] {
  const [head = '', ...lines] = table([...columns, { title: 'FOUND', text: () => '' }], checks)
  const start = columns.reduce((sum, { title, text }) => sum + widest([title, ...checks.map(text)]) + gap, 0)
  return [
    head,
    ...lines.flatMap((line, i) => {
      const { found = '', advice = '' } = checks[i] ?? {}
      const [first = '', ...more] = wrap(found, width - start)
      const padding = ' '.repeat(start - widthOf(line))
      return [
        `${line}${padding}${first}`.trimEnd(),
        ...more.map((text) => ' '.repeat(start) + text),
        ...wrap(advice, width - adviceIndent).map((text) => ' '.repeat(adviceIndent) + text),
      ]
    }),
  ]
}

const gap = 2
const narrowest = 60
const widest = (texts: readonly string[]) => Math.max(...texts.map(widthOf))
