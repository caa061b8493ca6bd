import { closeSync, openSync } from 'node:fs'
import { isatty } from 'node:tty'

/**
 * Lets the process exit with its own status after its terminal was closed. At exit, Node restores the settings of the terminals it
 * started with, and aborts if one refuses that, as a closed terminal does. Descriptors that are not terminals are left alone.
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
      openSync('/dev/null', 'r+') // gets the lowest free descriptor, which is this one
    } catch {
      // Without /dev/null, only the exit status is lost.
    }
  }
}
