import { overBudget, slowest } from './durations.mjs'
import { bold, green, red, say, seconds, table, yellow } from './print.mjs'

/**
 * Prints a lane's outcome on one kernel: `{ lane, kernel?, tests: [{ name, status, milliseconds?, details }], problem?, milliseconds,
 * budget }`, with the budget in seconds. A problem counts as a separate failure.
 */
export function printResult(result) {
  const { failed, skipped } = countOf(result)
  const marks = failed > 0 ? red('✘') : green('✔')
  say(`${marks} ${nameOf(result)} (${seconds(result.milliseconds)})`)
  printFailures(result)
  if (skipped > 0) {
    for (const [feature, titles] of skippedByFeature(result.tests)) {
      say(`  ${yellow('-')} skipped, ${feature}: ${titles.join('; ')}`)
    }
  }
}

function printFailures({ tests, problem }) {
  for (const test of tests.filter((test) => test.status === 'failed')) {
    say(`  ${red('✘')} ${test.name}`)
    for (const line of test.details) say(`    ${line}`)
  }
  if (problem) say(`  ${red('✘')} ${problem}`)
}

/**
 * Prints the slowest tests, the table, each failure once more (often only the end of a log is kept) and, as the very last line, the
 * sums. Returns whether everything passed.
 */
export function printSummary(results) {
  for (const result of results) printSlowest(result)
  const counts = results.map(countOf)
  const sum = (status) => counts.reduce((total, count) => total + count[status], 0)
  const rows = results.map((result, i) => [
    nameOf(result),
    ...['passed', 'failed', 'skipped'].map((status) => String(counts[i][status])),
    seconds(result.milliseconds),
  ])
  say()
  say(table([['lane', 'passed', 'failed', 'skipped', 'time'].map(bold), ...rows]))
  for (const result of results) warnOfBudget(result)
  for (const [i, result] of results.entries()) {
    if (counts[i].failed === 0) continue
    say()
    say(`failed in ${nameOf(result)}:`)
    printFailures(result)
  }
  say()
  say(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`)
  return sum('failed') === 0
}

function printSlowest(result) {
  const tests = slowest(result.tests)
  if (tests.length === 0) return
  say()
  say(`slowest of ${nameOf(result)}:`)
  for (const { name, milliseconds } of tests) say(`  ${seconds(milliseconds).padStart(8)}  ${name}`)
}

function warnOfBudget(result) {
  const warning = overBudget({ ...result, name: nameOf(result) })
  if (warning) say(`${yellow('!')} ${warning}`)
}

const nameOf = ({ lane, kernel }) => (kernel ? `${lane}, Linux ${kernel}` : lane)

function countOf({ tests, problem }) {
  const count = (status) => tests.filter((test) => test.status === status).length
  return { passed: count('passed'), failed: count('failed') + (problem ? 1 : 0), skipped: count('skipped') }
}

/** A title that ends in `# needs …` names what the kernel lacks. */
function skippedByFeature(tests) {
  const groups = new Map()
  for (const { name, status } of tests) {
    if (status !== 'skipped') continue
    const [title, feature = 'no reason given'] = name.split(' # ')
    groups.set(feature, [...(groups.get(feature) ?? []), title])
  }
  return groups
}
