import { mkdirSync, writeFileSync } from 'node:fs'
import { inRoot } from '../../scripts/lib/root.mjs'
import { plot } from './plot.mjs'
import { markdownTable } from './report.mjs'

const folder = 'docs/benchmarks'

/** Writes what was measured of a question to a page of its own, and the plot beside it where there is a baseline. */
export function saveResults(machine, { found, missing }, question, measured) {
  const facts = [
    ...Object.entries(machine),
    ...Object.entries(found).map(([name, { version }]) => [`peer ${name}`, version]),
    ...Object.entries(missing).map(([name, why]) => [`peer ${name}`, `left out: ${why}`]),
  ]
  const svg = plot(question, measured)
  const parts = [
    `# ${question.title}`,
    `\`npm run bench -- ${question.name}\`; [how to read it](../benchmarks.md#how-to-read-it).`,
    ...(svg ? [`![what each contestant takes, the baselines being one line](${question.name}.svg)`] : []),
    markdownTable(measured),
    facts.map(([name, value]) => `- ${name}: ${value}`).join('\n'),
  ]
  mkdirSync(inRoot(folder), { recursive: true })
  writeFileSync(inRoot(`${folder}/${question.name}.md`), `${parts.join('\n\n')}\n`)
  if (svg) writeFileSync(inRoot(`${folder}/${question.name}.svg`), svg)
}
