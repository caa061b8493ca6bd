import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'

/** What each example prints at least. */
const printed: Readonly<Record<string, RegExp>> = {
  backpressure: /^\d+ read, [1-9]\d* lost, \d+ different$/m,
  cidr: /192\.0\.2\.1 is in zone 1\n10\.2\.0\.1 is in zone 2\n10\.1\.0\.1 is in zone 3\nnow in zone 2\n0\.0\.0\.0\/0 10\.0\.0\.0\/8\n/,
  commands: /^2 taken\n(?=[\s\S]*^port 53: 1000$)(?=[\s\S]*^port 123: 10$)/m,
  connections: /^\d+ established$/m,
  conversations:
    /^127\.0\.0\.1 → 127\.0\.0\.1:\d+: [1-9]\d+ and [1-9]\d+ bytes; node \(\d+\), \d+ segments retransmitted$/m,
  errors:
    /loaded drop_port\nfirst_byte was refused: .*outside of the packet\n[\s\S]*nowhere\.bpf\.o failed with ENOENT/,
  exec: /executed \S*sleep \(sleep\) as process \d+\nlost: 0/,
  firewall: /^\d+ ns a packet$/m,
  flows: /flows, \d+ packets, \d+ bytes, 0 not filed/,
  hosts:
    /'192\.0\.2\.1', port: 5353, [\s\S]*bytes: 42,\s+last: \d{4}-[\s\S]*'UDP',\s+mac: '02:00:00:00:00:01',\s+fragmented: false,\s+version: 4,\s+words: 5,\s+label: 'new'/,
  inspect:
    /^raw_tracepoint on_sys_enter: [1-9]\d* runs of \d+ ns[\s\S]*^map \d+: hash counts, 512 entries$[\s\S]*^link \d+: raw_tracepoint sys_enter\nstruct count: 16 bytes\n[1-9]/m,
  interfaces:
    /^web0 veth link \d+ 1500 0 bytes received$[\s\S]*^added web0\nadded web1\nremoved web1, sent 0\nremoved web0, sent unknown\nthe namespace is gone$/m,
  lifetimes: /(?=[\s\S]*^sh starts$)(?=[\s\S]*^status 3, signal 0$)[\s\S]*^lost: 0$/m,
  links: /^pinned: count_packets\nin order: pass, count_packets\nupdated: pass, count_bytes\nclosed: nothing$/m,
  loader: /^drop_blocked with 16 entries$/m,
  maps: /^1024, undefined, false, false\ntaken: 1024, left: undefined\n5000 set, 3 deleted\nsum: 12497497\n4997 drained, 0 left\n$/,
  percpu: /^CPU \d+: \d+ calls, \d+ failed\n[\s\S]*^together: 1\d\d calls, 1\d\d failed$/m,
  pinned: /^counts: one system call 2\d\d times$/m,
  pins: /^limit: 1000\nEPERM: .*the map is frozen.*\nlimits of 2, frozen: true\n$/,
  prepare: /^192\.0\.2\.1: dropped\n192\.0\.2\.2: passed\n$/,
  printk: /^CPU \d+, [\d.]+ s: a packet of 100 bytes$/m,
  probes:
    /^TCX: (true|false), arenas: (true|false)\nXDP programs may redirect: true\n[\s\S]*^booted \d{4}-[\s\S]*^there and back: \d ms$/m,
  profile: /^[1-9]\d* samples in \S+[\s\S]*^lost: 0$/m,
  queues: /^queue: 2 2 3 undefined\nstack: 2 1 undefined\nfilter: true true, mistaken: \d+ of 1000\n$/,
  retransmits: /\d+ segments sent again, 0 of them not filed/,
  signals: /^\d{4}-\S+Z signal 12\nlost: 0$/m,
  slow: /^2 programs attached, 0 warnings\nlonger than 0 ns: [1-9]\d\d+\nlonger than an hour: 0$/m,
  syscalls: /^system call \d+: 1\d\d times$[\s\S]*^lost: 0$/m,
  tasks: /^thread \d+ \(node\) waited \d+ times, was preempted \d+ times\n/m,
  typed: /^system call \d+: \d+ times, last \d+ ms after boot$/m,
  uprobes: /^getaddrinfo: 3 calls\nmalloc: [1-9]\d* calls\nfree: [1-9]\d* calls$/m,
  view: /^while it runs: 1\d\d\n0 bits: 1\d\d\n[\s\S]*^left: 0$/m,
}

for (const name of names()) {
  test(`docs/examples/${name}.ts does what it says`, async (t) => {
    const script = join(process.cwd(), '.cache/test/docs/examples', `${name}.js`)
    const { stdout } = await promisify(execFile)(process.execPath, [script], { cwd: 'docs/examples', timeout: 60_000 })
    t.regex(stdout, printed[name] as RegExp)
    t.notRegex(stdout, /undefined (ns|µs|ms|s|bytes|packets|segments)\b|\(undefined\)|NaN/)
  })
}

test('every example is run', (t) => {
  t.deepEqual(names(), Object.keys(printed))
})

function names(): string[] {
  return readdirSync('docs/examples')
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.types.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort()
}
