import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import '../helpers/no-leaks.js'
import { preload, sanitized } from '../helpers/sanitizers.js'

/*
 * Each system call of the addon fails once, in the whole life of a monitor or an object: for lack of descriptors
 * (EMFILE), memory (ENOMEM), buffers (ENOBUFS), or with an I/O error (EIO). test/injection/ has the scenarios, and what
 * is asserted: errors have a code and an operation, nothing is left open or attached, and nothing that was counted is
 * lost. The same when an allocation of the addon fails, and when Node.js cannot open a file for this package.
 */

const folder = mkdtempSync(join(tmpdir(), 'ebpf-failing-'))
const library = join(folder, 'fail_call.so')

test.before(() => {
  execFileSync('cc', [
    '-O1',
    '-Wall',
    '-Werror',
    '-shared',
    '-fPIC',
    '-o',
    library,
    'test/injection/fail_call.c',
    '-ldl',
  ])
})
test.after.always(() => rmSync(folder, { recursive: true }))

interface Line {
  readonly stage?: string
  /** How many calls the stage makes, in how many lives one was to fail, and in how many it did. */
  readonly calls?: number
  readonly tried?: number
  readonly failed?: number
  readonly wrong?: readonly string[]
}

type Stages = Readonly<Record<string, number>>

/** At least this many fail in each stage: a stage whose calls are not seen would test nothing. */
const scenarios: readonly (readonly [kind: 'calls' | 'memory' | 'node', name: string, least: Stages])[] = [
  ['calls', 'flows by tcx', { open: 50, snapshot: 3, stop: 3, close: 0 }],
  ['calls', 'flows by clsact', { open: 50, snapshot: 3, stop: 3, close: 1 }],
  ['calls', 'retransmits', { open: 50, snapshot: 8, stop: 8, close: 0 }],
  ['calls', 'object', { open: 3, load: 10, attach: 1, ring: 3, map: 2, read: 1, detach: 0, close: 0 }],
  ['calls', 'flows of a namespace', { open: 80, snapshot: 3, stop: 3, close: 0 }],
  ['calls', 'interfaces that come and go', { come: 30, go: 3 }],
  ['memory', 'interfaces that come and go', { come: 50, go: 10 }],
  ['memory', 'flows by tcx', { open: 200, snapshot: 10, stop: 20, close: 5 }],
  ['memory', 'flows by clsact', { open: 200, snapshot: 10, stop: 20, close: 5 }],
  ['memory', 'retransmits', { open: 1000, snapshot: 40, stop: 50, close: 0 }],
  ['memory', 'object', { open: 20, load: 4, attach: 4, ring: 10, map: 7, read: 3, detach: 0, close: 0 }],
  ['node', 'retransmits', { open: 3, snapshot: 0, stop: 0, close: 0 }],
]

const titles = {
  calls: (name: string) => `each call of ${name} may fail`,
  memory: (name: string) => `each allocation of ${name} may fail`,
  node: (name: string) => `each file that Node.js opens for ${name} may fail`,
}

for (const [kind, name, least] of scenarios) {
  // AddressSanitizer's own allocator would be called, not the injector.
  const run = kind === 'memory' && sanitized ? test.skip : test.serial
  run(`${titles[kind](name)}: nothing is lost, left behind or kept from whoever asked`, (t) => {
    t.timeout(400_000)
    const command = [
      '--net',
      'sh',
      '-euc',
      'ip link set lo up; exec "$@"',
      'sh',
      process.execPath,
      'test/injection/run.mjs',
    ]
    const { status, signal, stdout, stderr } = spawnSync('unshare', [...command, name, kind], {
      env: { ...process.env, LD_PRELOAD: preload(library) },
      encoding: 'utf8',
      timeout: 390_000,
    })
    const ended = { status, signal, last: stderr.trim().split('\n').at(-1) }
    t.like(ended, { status: 0 }, `ended with ${JSON.stringify(ended)}`)
    const lines: Line[] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    for (const line of lines) t.is(line.wrong, undefined, JSON.stringify(line, undefined, 1))
    for (const [stage, calls] of Object.entries(least)) {
      const summary = lines.find((line) => line.stage === stage && line.calls !== undefined)
      // AddressSanitizer's runtime makes some calls for the addon, and the injector fails only the addon's own.
      t.true((summary?.calls ?? -1) >= (sanitized ? 0 : calls), `${stage}: ${JSON.stringify(summary)}`)
      // There may be a call or two fewer if messages of the kernel arrive together.
      t.true((summary?.failed ?? 0) >= (summary?.tried ?? 0) - 2, `${stage}: ${JSON.stringify(summary)}`)
    }
  })
}
