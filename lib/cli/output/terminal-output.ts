import { constants, openSync, writeSync } from 'node:fs'
import type { Output } from './output.js'

/** Milliseconds before writing again to a terminal that had no room. */
const pause = 10

/** Where the terminal's size comes from, and where its errors go: standard output. */
interface Standard {
  readonly columns?: number
  readonly rows?: number
  on(event: 'resize', listener: () => void): unknown
  off(event: 'resize', listener: () => void): unknown
  emit(event: 'error', error: Error): unknown
}

interface Waiting {
  bytes: Buffer
  readonly done: ((error?: Error | null) => void) | undefined
}

/**
 * The terminal of standard output, without waiting for it. Node writes to terminals synchronously: a terminal that takes nothing, such as
 * one over a hanging connection, would block the event loop, and with it the counting and every signal.
 */
export class TerminalOutput implements Output {
  readonly isTTY = true
  readonly #standard: Standard
  readonly #fd: number
  #waiting: Waiting[] = []
  #timer: NodeJS.Timeout | undefined

  /** Undefined if the terminal belongs to another user, as after `su`, and cannot be opened again. */
  static open(standard: Standard = process.stdout, path = '/proc/self/fd/1'): TerminalOutput | undefined {
    try {
      // A file description of our own: the shell's must not become non-blocking.
      return new TerminalOutput(
        standard,
        openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY),
      )
    } catch {
      return undefined
    }
  }

  private constructor(standard: Standard, fd: number) {
    this.#standard = standard
    this.#fd = fd
  }

  get columns(): number | undefined {
    return this.#standard.columns
  }

  get rows(): number | undefined {
    return this.#standard.rows
  }

  get writableLength(): number {
    return this.#waiting.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  write(text: string, done?: (error?: Error | null) => void): boolean {
    this.#waiting.push({ bytes: Buffer.from(text), done })
    if (this.#timer === undefined) this.#send()
    return this.#waiting.length === 0
  }

  on(event: 'resize', listener: () => void): void {
    this.#standard.on(event, listener)
  }

  off(event: 'resize', listener: () => void): void {
    this.#standard.off(event, listener)
  }

  #send(): void {
    this.#timer = undefined
    try {
      for (let [first] = this.#waiting; first; [first] = this.#waiting) {
        while (first.bytes.length > 0) first.bytes = first.bytes.subarray(writeSync(this.#fd, first.bytes))
        this.#waiting.shift()
        first.done?.()
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') this.#timer = setTimeout(() => this.#send(), pause)
      else this.#fail(error as Error)
    }
  }

  #fail(error: Error): void {
    const failed = this.#waiting
    this.#waiting = []
    for (const { done } of failed) done?.(error)
    this.#standard.emit('error', error)
  }
}
