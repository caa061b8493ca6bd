import { bold, green, say, table, yellow } from '../../scripts/lib/print.mjs'

/** A question's results as a table, the baseline of each series first. */
export function printResults(question, results) {
  say(bold(question.title))
  say(table([headings.map(bold), ...results.map((result) => rowOf(result, terminal))]))
  say()
}

/** The same for a page. */
export const markdownTable = (results) =>
  [headings, headings.map(() => '---'), ...results.map((result) => rowOf(result, page))]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')

const headings = ['case', 'unit', 'median', '5 %', '95 %', 'ratio', 'peer', 'target']

function rowOf(result, mark) {
  const { case: name, unit, median, p5, p95, peer, ratio } = result
  return [
    name,
    unit,
    ...[median, p5, p95].map(figure),
    ratio === null ? '' : `× ${figure(ratio)}`,
    peer ?? '',
    verdictOn(result, mark),
  ]
}

/** A target is of the ratio, a limit of the figure itself. */
function verdictOn({ ratio, target, median, limit, growth }, mark) {
  if (growth) return growth
  if (target !== undefined) return mark(ratio <= target, `× ≤ ${target}`)
  return limit === undefined ? '' : mark(median <= limit, `≤ ${limit}`)
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
