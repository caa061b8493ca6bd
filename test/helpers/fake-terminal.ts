import { EventEmitter } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import type { Output } from '../../lib/cli/output/output.js'

/** A terminal that remembers what was written to it. */
export class FakeTerminal extends EventEmitter implements Output {
  isTTY = true
  columns = 40
  rows = 8
  written = ''
  write(text: string) {
    this.written += text
    this.emit('write')
  }
  /** The last frame, without the sequences that control the screen. */
  get frame(): string[] {
    const last = this.written.split('\u001b[H').at(-1) ?? ''
    return stripVTControlCharacters(last).split('\r\n')
  }
}
