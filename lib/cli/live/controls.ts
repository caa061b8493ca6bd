import { colors } from '../colors.js'
import type { Piece } from './pieces.js'

/** A key as node:readline reports it. */
export interface Key {
  /** What the terminal sent. */
  readonly sequence?: string | undefined
  readonly name?: string | undefined
  readonly ctrl?: boolean | undefined
  readonly meta?: boolean | undefined
}

const esc = '\u001b'
/** Sends SIGQUIT if a terminal is not raw. */
const ctrlBackslash = '\u001c'
const names: Readonly<Record<string, string>> = {
  '\r': 'return',
  '\n': 'enter',
  '\u007f': 'backspace',
  '\b': 'backspace',
}

/** What the keys of a live table change: how it is sorted, what it shows, and whether it is paused. */
export class Controls {
  sort: string
  /** Opposite to the column's own order. */
  reverse: boolean
  /** Text that a row must contain somewhere, ignoring case. */
  filter = ''
  paused = false
  /** Whether keys are text for the filter. */
  typing = false
  readonly #sorts: readonly string[]

  constructor(sorts: readonly string[], sort: string, reverse = false) {
    this.#sorts = sorts
    this.sort = sort
    this.reverse = reverse
  }

  /** Handles a key; returns what it asks for, if the table itself cannot do that. */
  press(text: string | undefined, key: Key): 'quit' | 'suspend' | undefined {
    const { name, ctrl, meta, sequence } = key
    if (ctrl) return name === 'c' ? 'quit' : name === 'z' ? 'suspend' : undefined
    if (sequence === ctrlBackslash) return 'quit'
    // No key is used with Alt here, so Esc, once or repeated, and the character right after it are separate keys.
    const [after, ...more] = [...(sequence ?? '')].filter((each) => each !== esc)
    if (meta && sequence?.startsWith(esc) && after !== undefined && more.length === 0) {
      this.press(undefined, { name: 'escape' })
      return this.press(after, { name: names[after] ?? after })
    }
    if (this.typing) this.#type(text, name, meta)
    else if (text === 'q') return 'quit'
    else if (text === 's') this.#nextSort()
    else if (text === 'r') this.reverse = !this.reverse
    else if (text === 'p' || text === ' ') this.paused = !this.paused
    else if (text === '/') this.typing = true
    else if (name === 'escape') this.filter = ''
    return undefined
  }

  /** The line below the table. */
  help(): Piece[] {
    if (this.typing)
      return [
        [`filter: ${this.filter}▏`, colors.bold],
        ['enter keep', colors.dim],
        ['esc clear', colors.dim],
      ]
    return [
      ['q quit', colors.dim],
      [`s sort (${this.sort})`, colors.dim],
      ['r reverse', colors.dim],
      this.filter === '' ? ['/ filter', colors.dim] : [`/ filter: ${this.filter}`, colors.bold],
      this.paused ? ['p PAUSED', colors.inverse] : ['p pause', colors.dim],
    ]
  }

  #type(text: string | undefined, name: string | undefined, meta: boolean | undefined): void {
    if (name === 'return' || name === 'enter') this.typing = false
    else if (name === 'escape') {
      this.typing = false
      this.filter = ''
    } else if (name === 'backspace') this.filter = [...this.filter].slice(0, -1).join('')
    else if (text !== undefined && !meta && !/\p{C}/u.test(text)) this.filter += text
  }

  #nextSort(): void {
    const next = (this.#sorts.indexOf(this.sort) + 1) % this.#sorts.length
    this.sort = this.#sorts[next] ?? this.sort
    this.reverse = false
  }
}
