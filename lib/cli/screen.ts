const clearAndHome = '\u001b[H\u001b[2J\u001b[3J'

/** Shows each text in place of the last on a terminal, one after another elsewhere. */
export function show(text: string): void {
  process.stdout.write(process.stdout.isTTY ? `${clearAndHome}${text}\n` : `${text}\n\n`)
}
