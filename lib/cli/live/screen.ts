import type { Output } from '../output/output.js'
import { widthOf } from '../text.js'

// xterm's control sequences. A terminal without synchronized updates (mode 2026) ignores them.
const enter = '\u001b[?1049h\u001b[?25l'
const leave = '\u001b[?25h\u001b[?1049l'
const beginFrame = '\u001b[?2026h\u001b[H'
const endFrame = '\u001b[?2026l'
const eraseRest = '\u001b[K'
const eraseBelow = '\r\n\u001b[J'

/** The terminal's alternate screen. The previous content is back after `leave`, however the process ends, except by SIGKILL. */
export class Screen implements Disposable {
  readonly #output: Output
  readonly #onExit = () => this.leave()
  #entered = false

  constructor(output: Output) {
    this.#output = output
    this.enter()
  }

  get width(): number {
    return this.#output.columns || 80
  }

  get height(): number {
    return this.#output.rows || 24
  }

  enter(): void {
    if (this.#entered) return
    this.#entered = true
    process.on('exit', this.#onExit)
    this.#output.write(enter)
  }

  /** Overwrites what is there without clearing it first, so nothing flickers. */
  draw(lines: readonly string[]): void {
    // A terminal that has not taken the last frame yet gets a later one.
    if (!this.#entered || this.#output.writableLength) return
    const { width, height } = this
    // If a line is as wide as the screen, the cursor is on its last cell, which must not be erased.
    const whole = lines.slice(0, height).map((line) => (widthOf(line) < width ? line + eraseRest : line))
    this.#output.write(beginFrame + whole.join('\r\n') + (whole.length < height ? eraseBelow : '') + endFrame)
  }

  leave(): void {
    if (!this.#entered) return
    this.#entered = false
    process.off('exit', this.#onExit)
    this.#output.write(leave)
  }

  [Symbol.dispose](): void {
    this.leave()
  }
}

/** Whether frames can be drawn in place; otherwise they are appended one after another. */
export const isScreen = ({ isTTY }: Output): boolean => isTTY === true && process.env.TERM !== 'dumb'

/** When the first snapshot is due: a screen shows something at once, whatever the interval. */
export const firstDue = ({ json }: { readonly json?: boolean }, output: Output): { readonly first?: number } =>
  !json && isScreen(output) ? { first: 100 } : {}
