import { Command, Option } from 'commander'
import { type KernelFacts, kernelFacts } from '../kernel/facts.js'
import { colors, type Paint } from './colors.js'
import type { Check, State } from './doctor/check.js'
import { featureChecks } from './doctor/features.js'
import { programChecks } from './doctor/programs.js'
import { settingsChecks } from './doctor/settings.js'
import { surroundings } from './surroundings.js'
import { type Column, table } from './table.js'

/** What `ebpf doctor --json` prints. */
export interface Diagnosis {
  /** Whether the bundled programs can run here. */
  readonly ready: boolean
  readonly facts: KernelFacts
  readonly checks: readonly Check[]
}

export function doctorCommand(examine = diagnose, { output } = surroundings): Command {
  return new Command('doctor')
    .description('what this kernel and these capabilities allow, and what to do about the rest')
    .addOption(new Option('--json', 'one JSON object'))
    .action(async ({ json }: { readonly json?: boolean }) => {
      const diagnosis = await examine()
      output.write(`${json ? JSON.stringify(diagnosis) : diagnosisText(diagnosis)}\n`)
      if (!diagnosis.ready) process.exitCode = 1 // a bundled program cannot run
    })
}

async function diagnose(): Promise<Diagnosis> {
  const facts = kernelFacts()
  const programs = await programChecks()
  const checks = [...settingsChecks(facts), ...featureChecks(), ...programs]
  return { ready: programs.every(({ state }) => state === 'ok'), facts, checks }
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
  { title: 'FOUND', text: ({ found }) => found },
  { title: 'ADVICE', text: ({ advice }) => advice ?? '' },
]

function diagnosisText({ ready, facts, checks }: Diagnosis): string {
  const verdict = ready
    ? colors.green('The bundled programs run here.')
    : colors.red('The bundled programs cannot run here.')
  return `Linux ${facts.release}\n${table(columns, checks).join('\n')}\n${verdict}`
}
