import { stripVTControlCharacters } from 'node:util'

const colors = process.stdout.isTTY && !process.env.NO_COLOR
const style = (on, off) => (text) => (colors ? `\x1b[${on}m${text}\x1b[${off}m` : text)

export const bold = style(1, 22)
export const red = style(31, 39)
export const green = style(32, 39)
export const yellow = style(33, 39)

export const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`

export const say = (line = '') => process.stdout.write(`${line}\n`)

/** Prints one line for a finished piece of work. */
export const done = (name, milliseconds) => say(`${green('✔')} ${name} (${seconds(milliseconds)})`)

/** Aligns rows of cells in columns: the first flush left, the others flush right. */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => width(row[column]))))
  const pad = (cell, column) => {
    const spaces = ' '.repeat(widths[column] - width(cell))
    return column === 0 ? cell + spaces : spaces + cell
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => pad(cell, column))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const width = (cell) => stripVTControlCharacters(cell).length
