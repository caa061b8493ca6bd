import { printable } from '../../printable.js'
import type { Paint } from '../colors.js'
import { cutEnd, widthOf } from '../text.js'

/** A piece of text above the table, and how it is painted. */
export type Piece = readonly [text: string, paint?: Paint]

const gap = 2

/** Lines of pieces, two spaces apart; a piece is only cut if it is wider than a line. */
export function linesOf(pieces: readonly Piece[], width: number): string[] {
  const lines: string[] = []
  let line = ''
  let used = 0
  for (const [text, paint] of pieces) {
    if (text === '') continue
    const fitting = cutEnd(printable(text), width)
    const cells = widthOf(fitting)
    if (line !== '' && used + gap + cells > width) {
      lines.push(line)
      line = ''
    }
    const separator = line === '' ? '' : ' '.repeat(gap)
    used = line === '' ? cells : used + gap + cells
    line += separator + (paint ? paint(fitting) : fitting)
  }
  return line === '' ? lines : [...lines, line]
}
