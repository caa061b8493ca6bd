import { green, red, say, seconds, yellow } from '../lib/print.mjs'

const marks = { killed: green('✔'), 'timed out': green('✔'), survived: red('✘') }

/** Prints a line for a mutant; if it survived, also the mistake. */
export function printOutcome(file, text, mutation, { result, by, milliseconds }) {
  const how = by ? `${result} by ${by}` : result
  say(`${marks[result] ?? yellow('-')} ${file}:${mutation.line} ${how} (${seconds(milliseconds)})`)
  if (result === 'survived') say(diffOf(text, mutation))
}

/** The changed lines, as diff shows them. */
export function diffOf(text, { line, start, end, text: replacement }) {
  const count = text.slice(start, end).split('\n').length
  const before = text.split('\n').slice(line - 1, line - 1 + count)
  const after = `${text.slice(0, start)}${replacement}${text.slice(end)}`.split('\n').slice(line - 1, line - 1 + count)
  const shown = after.filter((each, i) => i === 0 || each !== '')
  return [...before.map((each) => `    - ${each.trim()}`), ...shown.map((each) => `    + ${each.trim()}`)].join('\n')
}

/** Prints the counts, as the very last line. */
export function printCounts(results) {
  const count = (result) => results.filter((each) => each === result).length
  const late = count('timed out')
  const killed = `${count('killed') + late} killed${late > 0 ? ` (${late} timed out)` : ''}`
  const skipped = `${count('did not compile')} did not compile, ${count('the same code')} left the code as it was`
  say()
  say(`${results.length} mutants: ${killed}, ${count('survived')} survived, ${skipped}`)
}
