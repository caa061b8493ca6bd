import { readFileSync, writeFileSync } from 'node:fs'
import { inRoot } from '../../scripts/lib/root.mjs'
import { plot } from './plot.mjs'
import { markdownTable } from './report.mjs'

const page = inRoot('docs/benchmarks.md')
const [begin, end] = ['<!-- results -->', '<!-- end of results -->']

/** Writes what was measured into docs/benchmarks.md, between its two marks, and the plot beside it. */
export function saveResults(machine, { found, missing }, questions) {
  const facts = [
    ...Object.entries(machine),
    ...Object.entries(found).map(([name, { version }]) => [`peer ${name}`, version]),
    ...Object.entries(missing).map(([name, why]) => [`peer ${name}`, `left out: ${why}`]),
  ]
  const sections = questions.map(({ question, measured }) => `### ${question.title}\n\n${markdownTable(measured)}`)
  const list = facts.map(([name, value]) => `- ${name}: ${value}`).join('\n')
  const text = readFileSync(page, 'utf8')
  const [before, after] = [text.split(begin)[0], text.split(end)[1]]
  writeFileSync(
    page,
    `${before}${begin}\n![what each contestant takes, the baselines being one line](benchmarks.svg)\n\n${list}\n\n${sections.join('\n\n')}\n\n${end}${after}`,
  )
  writeFileSync(inRoot('docs/benchmarks.svg'), plot(questions))
}
