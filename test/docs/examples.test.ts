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
  inspect:
    /^raw_tracepoint on_sys_enter: [1-9]\d* runs of \d+ ns[\s\S]*^map \d+: hash counts, 512 entries$[\s\S]*^link \d+: raw_tracepoint sys_enter\nstruct count: 16 bytes\n[1-9]/m,
  links: /^pinned: count_packets\nin order: pass, count_packets\nupdated: pass, count_bytes\nclosed: nothing$/m,
  pinned: /^counts: one system call 2\d\d times$/m,
  probes:
    /^TCX: (true|false), arenas: (true|false)\nXDP programs may redirect: true\n[\s\S]*^booted \d{4}-[\s\S]*^there and back: [01] ms$/m,
  profile: /^[1-9]\d* samples in \w*sha256\w*$[\s\S]*^lost: 0$/m,
  retransmits: /\d+ segments sent again, 0 of them not filed/,
  slow: /^2 programs attached, 0 warnings\nlonger than 0 ns: [1-9]\d\d+\nlonger than an hour: 0$/m,
  syscalls: /^system call \d+: 1\d\d times$[\s\S]*^lost: 0$/m,
  uprobes: /^getaddrinfo: 3 calls\nmalloc: [1-9]\d* calls\nfree: [1-9]\d* calls$/m,
  tasks: /^thread \d+ \(node\) waited \d+ times, was preempted \d+ times\n/m,
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
