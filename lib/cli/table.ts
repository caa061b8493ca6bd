import { printable } from '../printable.js'
import { colors, type Paint } from './colors.js'
import { cutEnd, widthOf } from './text.js'

export interface Column<T> {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** Without colours. */
  readonly text: (row: T) => string
  readonly paint?: (row: T) => Paint
  /** If the table is too wide, columns are left out, least important first. Default: never. */
  readonly importance?: number
  /** How to shorten its text, and the minimum width at which it is still worth showing. Less important columns shrink first. */
  readonly shorten?: { readonly minimum: number; readonly cut: (text: string, width: number) => string }
}

export interface TableOptions<T> {
  /** Width of a line in cells. Default: unlimited. */
  readonly width?: number
  readonly paintRow?: (row: T) => Paint | undefined
}

const gap = 2

/** The lines of a table without rules, with two spaces between columns. */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[], options: TableOptions<T> = {}): string[] {
  const { width = Number.POSITIVE_INFINITY, paintRow } = options
  const cells = columns.map((column): Cells<T> => {
    const texts = rows.map((row) => printable(column.text(row)))
    return { column, texts, width: texts.reduce((most, text) => Math.max(most, widthOf(text)), widthOf(column.title)) }
  })
  const shown = fitted(cells, width)
  const line = (cell: (cells: Cells<T>) => readonly [text: string, paint: Paint | undefined]) =>
    shown
      .map((each) => {
        const [text, paint] = cell(each)
        const short = shortened(text, each)
        const painted = paint && short !== '' ? paint(short) : short
        const padding = ' '.repeat(each.width - widthOf(short))
        return each.column.align === 'right' ? padding + painted : painted + padding
      })
      .join(' '.repeat(gap))
      .trimEnd()
  return [
    line(({ column, width: cells }) => [cutEnd(column.title, cells), colors.bold]),
    ...rows.map((row, r) =>
      (paintRow?.(row) ?? unpainted)(line(({ column, texts }) => [texts[r] ?? '', column.paint?.(row)])),
    ),
  ]
}

interface Cells<T> {
  readonly column: Column<T>
  readonly texts: readonly string[]
  readonly width: number
}

const unpainted: Paint = (text) => text

function shortened<T>(text: string, { column, width }: Cells<T>): string {
  if (widthOf(text) <= width) return text
  return (column.shorten?.cut ?? cutEnd)(text, width)
}

/** Leaves out the columns that do not fit even at their minimum width, then narrows the others until they fit. */
function fitted<T>(all: readonly Cells<T>[], width: number): Cells<T>[] {
  let cells = [...all]
  const total = (of: (cells: Cells<T>) => number) => cells.reduce((sum, each) => sum + of(each) + gap, -gap)
  while (cells.length > 1 && total(leastWidth) > width) {
    const least = cells.reduce((a, b) => (importanceOf(b) <= importanceOf(a) ? b : a))
    cells = cells.filter((each) => each !== least)
  }
  for (const importance of [...new Set(cells.map(importanceOf))].sort((a, b) => a - b)) {
    const excess = total((each) => each.width) - width
    if (excess > 0) cells = narrowed(cells, importance, excess)
  }
  const [only] = cells
  return cells.length === 1 && only && only.width > width ? [{ ...only, width }] : cells
}

/** Takes cells from the widest columns of this importance, one at a time. */
function narrowed<T>(cells: readonly Cells<T>[], importance: number, excess: number): Cells<T>[] {
  const widths = cells.map(({ width }) => width)
  for (let left = excess; left > 0; left--) {
    const widest = cells.reduce((best, each, i) => {
      const shrinks = importanceOf(each) === importance && (widths[i] ?? 0) > leastWidth(each)
      return shrinks && (widths[i] ?? 0) > (widths[best] ?? 0) ? i : best
    }, -1)
    if (widest < 0) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return cells.map((each, i) => ({ ...each, width: widths[i] ?? 0 }))
}

const importanceOf = <T>({ column }: Cells<T>) => column.importance ?? Number.POSITIVE_INFINITY
const leastWidth = <T>({ column: { title, shorten }, width }: Cells<T>) =>
  shorten ? Math.min(width, Math.max(shorten.minimum, widthOf(title))) : width
