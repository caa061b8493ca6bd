import { printable } from '../../printable.js'
import { widthOf } from '../text.js'

/** The text in lines of at most `width` cells, broken between words; a word that is longer than a line is split. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of printable(text)
    .split(' ')
    .flatMap((each) => pieces(each, width))) {
    const longer = line === '' ? word : `${line} ${word}`
    if (widthOf(longer) <= width) line = longer
    else {
      lines.push(line)
      line = word
    }
  }
  return line === '' ? lines : [...lines, line]
}

function pieces(word: string, width: number): string[] {
  const found = ['']
  for (const character of word) {
    const longer = found.at(-1) + character
    if (widthOf(longer) > width) found.push(character)
    else found[found.length - 1] = longer
  }
  return found
}
