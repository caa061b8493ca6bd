import { colors, type Paint } from '../colors.js'
import { type Column, table } from '../table.js'
import type { Controls } from './controls.js'
import { linesOf, type Piece } from './pieces.js'

export interface LiveColumn<Row> extends Column<Row> {
  /** A name for `--sort`; numbers are sorted in descending order, texts in ascending order. */
  readonly sort?: { readonly name: string; readonly value: (row: Row) => number | string }
}

/** Everything known at one moment. */
export interface Picture<Row> {
  /** The lines above the table; each group starts on a new line. */
  readonly head: readonly (readonly Piece[])[]
  readonly columns: readonly LiveColumn<Row>[]
  readonly rows: readonly Row[]
  readonly paintRow?: (row: Row) => Paint | undefined
}

export interface Room {
  readonly width: number
  /** Height in lines; without a screen it is unlimited, and there are no keys to help with. */
  readonly height?: number
  /** Rows of the table. */
  readonly top?: number
}

export const sortNames = <Row>(columns: readonly LiveColumn<Row>[]): string[] =>
  columns.flatMap(({ sort }) => (sort ? [sort.name] : []))

/** The lines of a live table, no wider and no more than there is room for. */
export function draw<Row>({ head, columns, rows, paintRow }: Picture<Row>, controls: Controls, room: Room): string[] {
  const { width, height = Number.POSITIVE_INFINITY, top = Number.POSITIVE_INFINITY } = room
  const above = head.flatMap((pieces) => linesOf(pieces, width))
  const below = room.height === undefined ? [] : linesOf(controls.help(), width).slice(0, 1)
  const found = sorted(matching(rows, columns, controls.filter), columns, controls)
  // The titles take a line, and so does the note about rows that are not shown.
  const space = height - above.length - below.length - 1
  const count = found.length <= Math.min(top, space) ? found.length : Math.max(0, Math.min(top, space - 1))
  const shown = found.slice(0, count)
  const drawn = table(
    columns.map((column) => marked(column, controls)),
    shown,
    { width, ...(paintRow && { paintRow }) },
  )
  const more = found.length > count ? linesOf([[`and ${found.length - count} more`, colors.dim]], width) : []
  const lines = [...above, ...drawn, ...more]
  if (height === Number.POSITIVE_INFINITY) return lines
  const body = lines.slice(0, height - below.length)
  return [...body, ...Array<string>(Math.max(0, height - below.length - body.length)).fill(''), ...below]
}

/** The column that the table is sorted by is never left out. */
function marked<Row>(column: LiveColumn<Row>, { sort, reverse }: Controls): LiveColumn<Row> {
  if (column.sort?.name !== sort) return column
  return { ...column, title: `${column.title}${reverse ? '▴' : '▾'}`, importance: Number.POSITIVE_INFINITY }
}

function matching<Row>(rows: readonly Row[], columns: readonly LiveColumn<Row>[], filter: string): readonly Row[] {
  if (filter === '') return rows
  const wanted = filter.toLowerCase()
  const texts = columns.filter(({ align }) => align !== 'right')
  return rows.filter((row) => texts.some(({ text }) => text(row).toLowerCase().includes(wanted)))
}

function sorted<Row>(rows: readonly Row[], columns: readonly LiveColumn<Row>[], { sort, reverse }: Controls): Row[] {
  const value = columns.find((column) => column.sort?.name === sort)?.sort?.value
  if (!value) return [...rows]
  const sign = reverse ? -1 : 1
  return rows
    .map((row) => ({ row, value: value(row) }))
    .sort((a, b) => sign * compare(a.value, b.value))
    .map(({ row }) => row)
}

function compare(a: number | string, b: number | string): number {
  if (a === b) return 0
  const smaller = a < b ? -1 : 1
  return typeof a === 'number' ? -smaller : smaller
}
