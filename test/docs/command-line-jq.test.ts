import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import test from 'ava'
import { jsonText } from '../../lib/cli/json.js'
import { connection, flow, flowSnapshot, retransmitted, tcpSnapshot } from '../helpers/monitor-samples.js'

/* The pipelines that docs/command-line.md shows, over lines that hold every kind of record. */

const flows = [
  flowSnapshot([flow({ bytes: 5 }), flow({ duplicate: true }), flow({ destinationPort: 53 })], {
    totals: { packets: 3, bytes: 300, segments: 3 },
  }),
  flowSnapshot([], { totals: { packets: 0, bytes: 7, segments: 0 } }),
]
const retransmits = [
  tcpSnapshot([
    connection(),
    connection({ retransmitted: retransmitted({ segments: 3, synAcks: 3 }) }),
    connection({
      retransmitted: retransmitted({ segments: 1 }),
      segmentsSent: 4,
      command: 'curl',
      remoteAddress: '::1',
    }),
  ]),
  tcpSnapshot([]),
]
const printed: readonly (readonly [line: RegExp, output: readonly unknown[]])[] = [
  [/^ebpf flows --json \| jq -c /, [flows[0]?.flows[0]]],
  [/^ebpf flows --json --duration 60 \| jq -s /, [307]],
  [
    /^ebpf retransmits --json \| jq -c /,
    [
      { remoteAddress: '192.0.2.2', command: null, ratio: null },
      { remoteAddress: '::1', command: 'curl', ratio: 0.25 },
    ],
  ],
]
const lines = [...readFileSync('docs/command-line.md', 'utf8').matchAll(/^ebpf .* \| jq .*$/gm)].map(([line]) => line)

test('every jq line that is documented is tried', (t) => {
  t.is(lines.length, printed.length)
})

for (const [pattern, output] of printed) {
  test(`what is documented after ${pattern.source} is right for every record`, (t) => {
    const line = lines.find((each) => pattern.test(each)) ?? ''
    const input = (line.startsWith('ebpf flows') ? flows : retransmits).map((each) => `${jsonText(each)}\n`).join('')
    const command = line.replace(/^.*? \| /, '')
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { input, encoding: 'utf8' })
    t.is(stderr, '')
    t.is(status, 0)
    const seen = stdout
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text))
    t.deepEqual(seen, output)
  })
}
