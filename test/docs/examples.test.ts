import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'

/** What each example prints at least. */
const printed: Readonly<Record<string, RegExp>> = {
  errors:
    /loaded drop_port\nfirst_byte was refused: .*outside of the packet\n[\s\S]*nowhere\.bpf\.o failed with ENOENT/,
  exec: /executed \S*sleep \(sleep\) as process \d+\nlost: 0/,
  firewall: /^\d+ ns a packet$/m,
  flows: /flows, \d+ packets, \d+ bytes, 0 not filed/,
  retransmits: /\d+ segments sent again, 0 of them not filed/,
  syscalls: /^system call \d+: 1\d\d times$[\s\S]*^lost: 0$/m,
}

for (const name of names()) {
  test(`examples/${name}.ts does what it says`, async (t) => {
    const script = join(process.cwd(), '.cache/test/examples', `${name}.js`)
    const { stdout } = await promisify(execFile)(process.execPath, [script], { cwd: 'examples', timeout: 60_000 })
    t.regex(stdout, printed[name] as RegExp)
  })
}

test('every example is run', (t) => {
  t.deepEqual(names(), Object.keys(printed))
})

function names(): string[] {
  return readdirSync('examples')
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort()
}
