import { bold, green, say, table, yellow } from '../../scripts/lib/print.mjs'

/** What was measured of a question, as a table, the baseline of each series first. */
export function printResults(question, measured) {
  say(bold(question.title))
  say(table([headings.map(bold), ...rowsOf(measured, terminal)]))
  say()
}

/** The same for a page. */
export const markdownTable = (measured) =>
  [headings, headings.map(() => '---'), ...rowsOf(measured, page)].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const headings = ['case', 'unit', 'median', '5 %', '95 %', 'ratios', 'targets']

/** A row for each case, with the ratios to all its peers. */
function rowsOf(measured, mark) {
  const cases = new Map()
  for (const result of measured.flatMap(({ figures }) => figures))
    cases.set(result.case, [...(cases.get(result.case) ?? []), result])
  return [...cases].map(([name, compared]) => {
    const [{ unit, median, p5, p95 }] = compared
    const ratios = compared.filter(({ ratio }) => ratio !== null).map(({ ratio, peer }) => `× ${figure(ratio)} ${peer}`)
    const verdicts = new Set(compared.flatMap((result) => verdictOn(result, mark) ?? []))
    return [name, unit, ...[median, p5, p95].map(figure), ratios.join(', '), [...verdicts].join(', ')]
  })
}

/** A target is of the ratio, a limit of the figure itself. */
function verdictOn({ ratio, peer, target, median, limit, growth }, mark) {
  if (growth) return growth
  if (target !== undefined) return mark(ratio <= target, `× ≤ ${target} ${peer}`)
  return limit === undefined ? undefined : mark(median <= limit, `≤ ${limit}`)
}

const terminal = (met, text) => (met ? green(`✔ ${text}`) : yellow(`✘ ${text}`))
const page = (met, text) => `${met ? '✔' : '✘'} ${text}`

function figure(value) {
  if (value === null) return '-'
  return value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))
}

export const printMachine = (machine, { found, missing }) => {
  for (const [name, value] of Object.entries(machine)) say(`${name.padEnd(10)} ${value}`)
  for (const [name, { version }] of Object.entries(found)) say(`${`peer ${name}`.padEnd(18)} ${version}`)
  for (const [name, why] of Object.entries(missing)) say(yellow(`${`peer ${name}`.padEnd(18)} left out: ${why}`))
  say()
}
