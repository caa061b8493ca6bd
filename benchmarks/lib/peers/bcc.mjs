import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { onPath } from '../../../scripts/lib/apt.mjs'
import { inRoot } from '../../../scripts/lib/root.mjs'
import { capture } from '../../../scripts/lib/run.mjs'
import { built } from './folder.mjs'

// Debian's package is for Debian's Python, which another one may stand before on the path.
const pythons = ['/usr/bin/python3', 'python3']

/** Python, where BCC's module is installed. It reads rings only: what a program is compiled by does not matter to that. */
export async function bcc() {
  for (const python of pythons) {
    if (!(python.startsWith('/') ? existsSync(python) : onPath(python))) continue
    const { status, stdout } = await capture(python, ['-c', 'import bcc; print(bcc.__version__)'])
    if (status !== 0) continue
    const command = (program, ...args) => [
      python,
      inRoot(`benchmarks/peers/bcc/${program}.py`),
      inRoot(join(built, 'holder')),
      ...args.map(String),
    ]
    return { version: stdout.trim(), command }
  }
  return 'Python has no module bcc'
}
