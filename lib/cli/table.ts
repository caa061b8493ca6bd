import Table from 'cli-table3'
import { colors } from './colors.js'

export interface Column<T> {
  readonly title: string
  readonly align?: 'left' | 'right'
  readonly text: (row: T) => string
}

const noLines = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
  ].map((part) => [part, '']),
)

/** A table without lines, its columns two spaces apart. */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const drawn = new Table({
    head: columns.map(({ title }) => colors.bold(title)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    chars: { ...noLines, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  for (const row of rows) drawn.push(columns.map(({ text }) => text(row)))
  return drawn.toString()
}
