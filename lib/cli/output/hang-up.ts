import { closeSync, openSync } from 'node:fs'
import { isatty } from 'node:tty'

/**
 * Lets the process end with its own status after its terminal was closed: at exit Node restores the settings of the terminals that it
 * started with, and aborts where one refuses that, as a terminal does that is no more. What is no terminal is left alone.
 */
export function surviveHangUp(): void {
  const terminals = [0, 1, 2].filter((fd) => isatty(fd))
  if (terminals.length > 0) process.on('exit', () => replaceClosed(terminals))
}

function replaceClosed(terminals: readonly number[]): void {
  for (const fd of terminals) {
    if (isatty(fd)) continue
    try {
      closeSync(fd)
      openSync('/dev/null', 'r+') // gets the lowest number that is free, which is this one
    } catch {
      // Where there is no /dev/null the status is all that is lost.
    }
  }
}
