import stringWidth from 'string-width'

const plainAscii = /^[\x20-\x7e]*$/
/** How many terminal cells a text takes; colours take none. */
export const widthOf = (text: string): number => (plainAscii.test(text) ? text.length : stringWidth(text))

/** `some lo…`: a text without colours, cut to at most `width` cells. */
export function cutEnd(text: string, width: number): string {
  return widthOf(text) <= width ? text : `${starting(graphemes(text), width - 1)}${ellipsis(width)}`
}

/** `2001:db8…::1]:443`: keeps both ends, which matter most. */
export function cutMiddle(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  const all = graphemes(text)
  const start = starting(all, Math.floor((width - 1) / 2))
  return `${start}${ellipsis(width)}${ending(all, width - 1 - widthOf(start))}`
}

/** Keeps the end of the text, as for a sparkline. */
export const cutStart = (text: string, width: number): string => ending(graphemes(text), width)

const graphemes = (text: string) => Array.from(segmenter().segment(text), ({ segment }) => segment)

let made: Intl.Segmenter | undefined
/** Created when the first text has to be cut: that takes 14 ms, a third of Node's startup time. */
function segmenter(): Intl.Segmenter {
  made ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  return made
}
const ellipsis = (width: number) => (width > 0 ? '…' : '')

const starting = (all: readonly string[], width: number) => fitting(all, width).join('')
const ending = (all: readonly string[], width: number) => fitting(all.toReversed(), width).reverse().join('')

function fitting(all: readonly string[], width: number): string[] {
  let left = width
  const end = all.findIndex((each) => {
    left -= widthOf(each)
    return left < 0
  })
  return all.slice(0, end < 0 ? all.length : end)
}
