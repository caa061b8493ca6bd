import { styleText } from 'node:util'
import test from 'ava'
import type { Picture } from '../../lib/cli/live/draw.js'
import type { KernelFacts } from '../../lib/kernel/facts.js'
import { connection, flow, flowSnapshot, retransmitted, tcpSnapshot } from '../helpers/monitor-samples.js'
import { fakeSurroundings, runCommand } from '../helpers/run-command.js'

/* What is said by colours. Whether there are any is found out once, when the first module asks: so those come later. */

process.env.FORCE_COLOR = '1'
const { summaryText } = await import('../../lib/cli/demo/summary.js')
const { doctorCommand } = await import('../../lib/cli/doctor.js')
const { flowTable } = await import('../../lib/cli/flows/flow-table.js')
const { Controls } = await import('../../lib/cli/live/controls.js')
const { draw } = await import('../../lib/cli/live/draw.js')
const { eventLine } = await import('../../lib/cli/retransmits/event-line.js')
const { ratioPaint } = await import('../../lib/cli/retransmits/health.js')
const { peerTable } = await import('../../lib/cli/retransmits/retransmit-table.js')
const { table } = await import('../../lib/cli/table.js')

type Colour = Parameters<typeof styleText>[0]
const painted = (colour: Colour, text: string) => styleText(colour, text, { validateStream: false })

const lines = <Row>(picture: Picture<Row>) => draw(picture, new Controls([], ''), { width: Number.POSITIVE_INFINITY })

test('a ratio is grey below a tenth of a percent, yellow below one percent, then red', (t) => {
  for (const [ratio, colour] of [
    [0, 'dim'],
    [0.00099, 'dim'],
    [0.001, 'yellow'],
    [0.0099, 'yellow'],
    [0.01, 'red'],
    [1, 'red'],
  ] as const) {
    t.is(ratioPaint(ratio)('x'), painted(colour, 'x'), String(ratio))
  }
})

test('a table from which little is missing to be full is told of in yellow', (t) => {
  const flowHead = (entries: number) =>
    lines(flowTable()(flowSnapshot([], { table: { entries, maxEntries: 100, refusals: 0 } })))[0]
  const tables = (entries: number) => ({
    connections: { entries, maxEntries: 100 },
    incidents: { entries: 0, maxEntries: 1 },
  })
  const retransmitHead = (entries: number) => lines(peerTable()(tcpSnapshot([], { tables: tables(entries) })))[0]
  for (const head of [flowHead, retransmitHead]) {
    t.true(head(79)?.endsWith(painted('dim', 'table 79 of 100')))
    t.true(head(80)?.endsWith(painted('yellow', 'table 80 of 100')))
  }
})

test('a row that had nothing in the last interval is dim', (t) => {
  const pictureOf = flowTable()
  const row = (flows: ReturnType<typeof flow>[]) => lines(pictureOf(flowSnapshot(flows))).at(-1) ?? ''
  const dim = painted('dim', 'x').split('x')[0] ?? ''
  t.false(row([flow()]).startsWith(dim))
  t.true(row([]).startsWith(dim))
})

test('what hurts a connection is yellow', (t) => {
  const hurt = connection({
    retransmitted: retransmitted({ syns: 3, tailLossProbes: 4 }),
    resetsSent: 5,
    drops: { NO_SOCKET: 6 },
  })
  const row = lines(peerTable()(tcpSnapshot([hurt]))).at(-1) ?? ''
  for (const text of ['3', '4', '5', '6 NO_SOCKET']) t.true(row.includes(painted('yellow', text)), text)
})

test('each kind of event has its colour', (t) => {
  const { localAddress, localPort, remoteAddress, remotePort, ipVersion, netns, opener, state } = connection()
  const common = {
    time: 0,
    localAddress,
    localPort,
    remoteAddress,
    remotePort,
    ipVersion,
    netns,
    opener,
    state,
  } as const
  const packet = { sourceAddress: '::1', sourcePort: 1, destinationAddress: '::2', destinationPort: 2, netns: 1 }
  const dropped = { ...packet, ipVersion: 6, protocol: 'tcp', reason: 'X', segments: 1, bytes: 1, time: 0 } as const
  for (const [line, colour, type] of [
    [eventLine({ type: 'opened', ...common }), 'cyan', 'opened'],
    [eventLine({ type: 'established', ...common }), 'green', 'established'],
    [eventLine({ type: 'closed', ...common }), 'dim', 'closed'],
    [eventLine({ type: 'retransmitted', kind: 'data', segments: 1, bytes: 1, ...common }), 'yellow', 'retransmitted'],
    [eventLine({ type: 'reset', direction: 'sent', ...common }), 'red', 'reset'],
    [eventLine({ type: 'dropped', ...dropped }), 'red', 'dropped'],
  ] as const) {
    t.true(line.includes(`  ${painted(colour, type.padEnd(13))}  `), type)
  }
  t.is(eventLine({ type: 'lost', count: 1 }), painted('red', '1 events lost: they came faster than they were read'))
})

test('what differs from the kernel’s counters is red, what is equal green', (t) => {
  const counted = { packets: 1, bytes: 2, retransmittedSegments: 3, flows: 1, lost: 0, seconds: 1 }
  const kernels = { interfacePackets: 1, interfaceBytes: 9, kernelRetransSegs: 3 }
  const text = summaryText({ ...counted, ...kernels, retransmitMode: 'tp_btf', flowAttachment: 'tcx' })
  t.is(text.split(painted('green', 'equal')).length, 3)
  t.is(text.split(painted('red', 'DIFFERENT')).length, 2)
})

test('each state of a check has its colour', async (t) => {
  const around = fakeSurroundings()
  const states = ['ok', 'degraded', 'missing', 'unknown'] as const
  const checks = states.map((state) => ({ area: 'kernel', name: '', state, found: '' }) as const)
  const facts = { release: '6.18.0' } as KernelFacts
  await runCommand(
    doctorCommand(async () => ({ ready: true, facts, checks }), around),
    [],
  )
  for (const [text, colour] of [
    ['ok', 'green'],
    ['degraded', 'yellow'],
    ['missing', 'red'],
    ['unknown', 'dim'],
    ['The bundled programs run here.', 'green'],
  ] as const) {
    t.true(around.output.written.includes(painted(colour, text)), text)
  }
})

test('colours take no cells, and what is cut is cut before it is painted', (t) => {
  const red = () => (text: string) => painted('red', text)
  const columns = [
    { title: 'A', text: String, paint: red, shorten: { minimum: 2, cut: (text: string) => text.slice(0, 2) } },
    { title: 'B', align: 'right', text: String, paint: red } as const,
  ]
  t.is(table(columns, [1])[1], `${painted('red', '1')}  ${painted('red', '1')}`)
  t.is(table(columns, ['', 'long'], { width: 8 })[1], '')
  t.is(table(columns, ['', 'long'], { width: 8 })[2], `${painted('red', 'lo')}  ${painted('red', 'long')}`)
})
