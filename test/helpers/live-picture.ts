import type { Picture } from '../../lib/cli/live/draw.js'

/** The lines above a live table, each as it reads without colors. */
export const headOf = ({ head }: Pick<Picture<unknown>, 'head'>): string[] =>
  head.filter((pieces) => pieces.length > 0).map((pieces) => pieces.map(([text]) => text).join(' '))

/** The rows of a live table by the titles of their columns; a column that is empty is left out. */
export function rowsOf<Row>({ rows, columns }: Picture<Row>): Record<string, string>[] {
  return rows.map((row) =>
    Object.fromEntries(columns.map(({ title, text }) => [title, text(row).trim()]).filter(([, text]) => text !== '')),
  )
}
