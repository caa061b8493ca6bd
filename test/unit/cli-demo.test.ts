import test from 'ava'
import { hasActiveTcp, interfaceCounts, retransSegs } from '../../lib/cli/demo/kernel-counters.js'
import type { DemoOptions } from '../../lib/cli/demo/run.js'
import { agrees, type DemoSummary } from '../../lib/cli/demo/summary.js'
import { Tally } from '../../lib/cli/demo/tally.js'
import { demoCommand } from '../../lib/cli/demo.js'
import { widthOf } from '../../lib/cli/text.js'
import type { Retransmit } from '../../lib/monitors/tcp/retransmit.js'
import { connection, flow, flowSnapshot, retransmitted, tcpSnapshot } from '../helpers/monitor-samples.js'
import { fakeSurroundings, runCommand, statusAfter } from '../helpers/run-command.js'

const summary: DemoSummary = {
  packets: 1234,
  interfacePackets: 1234,
  bytes: 56_789,
  interfaceBytes: 56_789,
  retransmittedSegments: 10,
  kernelRetransSegs: 10,
  flows: 42,
  lost: 0,
  retransmitMode: 'tp_btf',
  flowAttachment: 'tcx',
  seconds: 6.25,
}

/** Runs the command with a demo that shows one snapshot of 15 flows and ends with `result`. */
async function demo(
  args: readonly string[],
  { result = summary as DemoSummary | undefined, isTTY = false, flows = 15 } = {},
) {
  const asked: DemoOptions[] = []
  const around = fakeSurroundings({ isTTY })
  around.output.columns = 60
  const command = demoCommand(async (options) => {
    asked.push(options)
    options.onSnapshot(flowSnapshot(Array.from({ length: flows }, (_, i) => flow({ sourcePort: i + 1 }))))
    return result
  }, around)
  const status = await statusAfter(() => runCommand(command, args))
  return { asked: asked[0], status, printed: around.output.written }
}

test.serial('--seconds and --loss say how long and how lossy the demo is', async (t) => {
  t.like((await demo([])).asked, { seconds: 6, loss: 2 })
  const { asked, printed } = await demo(['--seconds', '1.5', '--loss', '0.5'])
  t.like(asked, { seconds: 1.5, loss: 0.5 })
  const title = 'ebpf demo: two namespaces, a veth pair, 0.5% loss of TCP, TCP and UDP over IPv4 and IPv6\n'
  t.true(printed.startsWith(title))
  t.true(printed.includes(`\n\n${title}\n`))
  t.like((await demo(['--seconds', '1', '--loss', '0.01'])).asked, { seconds: 1, loss: 0.01 })
  t.like((await demo(['--seconds', '12', '--loss', '50'])).asked, { seconds: 12, loss: 50 })
  for (const [args, expected] of [
    [['--seconds', '0.9'], /seconds.*0\.9.*from 1 to 12/],
    [['--seconds', '12.1'], /seconds.*12\.1.*from 1 to 12/],
    [['--loss', '0'], /loss.*0.*from 0\.01 to 50/],
    [['--loss', '51'], /loss.*51.*from 0\.01 to 50/],
  ] as const) {
    await t.throwsAsync(demo(args), { message: expected })
  }
})

test.serial('the demo shows twelve flows at a time, and at the end its totals beside the kernel’s', async (t) => {
  const { printed, status } = await demo([])
  t.is(status, 0)
  t.regex(printed, /TCP +192\.0\.2\.1:1 +192\.0\.2\.2:443/)
  t.true(printed.includes('\nand 3 more\n\n'))
  t.true(
    printed.endsWith(`
                          EBPF  KERNEL         KERNEL COUNTER
packets                  1,234   1,234  equal  rx + tx packets of both interfaces
bytes                   56,789  56,789  equal  rx + tx bytes of both interfaces
retransmitted segments      10      10  equal  Tcp: RetransSegs of both namespaces
42 flows, 0 lost; flows by tcx, retransmissions by tp_btf, 6.3 s
`),
    printed,
  )
})

test.serial('demo --json prints the summary and nothing else', async (t) => {
  t.is((await demo(['--json'], { isTTY: true })).printed, `${JSON.stringify(summary)}\n`)
})

test.serial('on a screen the summary comes after the screen is restored', async (t) => {
  const { printed } = await demo([], { isTTY: true })
  const [shown = '', after = ''] = printed.split('\u001b[?1049l')
  t.true(shown.startsWith('\u001b[?1049h'))
  t.is(Math.max(...shown.split('\r\n').map(widthOf)), 60)
  t.regex(shown, /192\.0\.2\.1:1 /)
  t.regex(after, /^ebpf demo: .*\n\n.*\n.*\n.*\n.*\n42 flows, 0 lost/)
})

test.serial('an interrupted demo has status 130 and no summary', async (t) => {
  const around = fakeSurroundings()
  const interrupted = demoCommand(async () => undefined, around)
  t.is(await statusAfter(() => runCommand(interrupted, [])), 130)
  t.is(around.output.written, '')
})

for (const reason of ['SIGHUP', 'EIO', 'EPIPE']) {
  test.serial(`a demo that nobody looks at any more (${reason}) ends with status 0`, async (t) => {
    const around = fakeSurroundings()
    const signal = AbortSignal.abort(reason)
    const ended = demoCommand(async () => undefined, { ...around, interruption: () => ({ signal, stop() {} }) })
    t.is(await statusAfter(() => runCommand(ended, [])), 0)
  })
}

test.serial('a total that differs is told, with status 1', async (t) => {
  const { printed, status } = await demo([], { result: { ...summary, interfaceBytes: 56_788 } })
  t.is(status, 1)
  t.regex(printed, /^bytes +56,789 +56,788 +DIFFERENT /m)
  t.regex(printed, /^packets +1,234 +1,234 +equal /m)
})

test('the demo agrees when each total equals the kernel’s, none is 0 and nothing was lost', (t) => {
  t.true(agrees(summary))
  const least = { packets: 1, interfacePackets: 1, bytes: 1, interfaceBytes: 1 }
  t.true(agrees({ ...summary, ...least, retransmittedSegments: 1, kernelRetransSegs: 1 }))
  for (const change of [
    { packets: 1235 },
    { interfaceBytes: 1 },
    { kernelRetransSegs: 9 },
    { retransmittedSegments: 0, kernelRetransSegs: 0 },
    { packets: 0, interfacePackets: 0 },
    { lost: 1 },
  ]) {
    t.false(agrees({ ...summary, ...change }), JSON.stringify(change))
  }
})

test('the tally sums totals, counts each flow once, and retransmissions of the demo’s namespaces only', (t) => {
  const tally = new Tally(new Set([1, 2]))
  const totals = { packets: 5, bytes: 600, segments: 7 }
  tally.addFlows(flowSnapshot([flow(), flow({ vlans: [1] }), flow({ direction: 'ingress' })], { totals }))
  const places = [{ interface: 'eth1' }, { sourcePort: 1 }, { destinationPort: 1 }, { protocol: 17 }]
  const others = [{ sourceAddress: '::1' }, { destinationAddress: '::1' }]
  tally.addFlows(
    flowSnapshot([flow(), ...[...places, ...others].map(flow)], {
      totals,
      lost: { packets: 3, bytes: 9, segments: 9, flows: 9 },
    }),
  )
  t.like(tally, { packets: 10, bytes: 1200, lost: 3, flows: 8 })
  const retransmits = [1, 2, 3].map(
    (netns): Retransmit => ({ ...connection({ netns }), ...retransmitted({ segments: 10 ** netns }) }),
  )
  tally.addRetransmits(tcpSnapshot([], {}, { retransmits, lost: { events: 4, segments: 50, bytes: 60 } }))
  t.like(tally, { retransmittedSegments: 110, lost: 7 })
})

const proc = (files: Readonly<Record<string, string>>) => ({ readProcNet: (file: string) => files[file] ?? '' })

test('an interface’s counters are what /proc/net/dev says of it, received and sent', (t) => {
  const dev = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
  eth0:100    20   3    4    5     6          7         8      900    30  11   12   13    14      15         16
  eth01:  1     1   1    1    1     1          1         1        1     1   1    1    1     1       1          1
`
  t.deepEqual(interfaceCounts(proc({ dev }), 'eth0'), { packets: 50, bytes: 1000 })
  t.deepEqual(interfaceCounts(proc({ dev }), 'lo'), { packets: 12, bytes: 10 })
  t.throws(() => interfaceCounts(proc({ dev }), 'eth'), { message: '/proc/net/dev has no interface eth' })
})

test('RetransSegs is found by its name', (t) => {
  const snmp = 'Ip: Forwarding RetransSegs\nIp: 1 2\nTcp: RtoMin RetransSegs InErrs\nTcp: 200 77 3\n'
  t.is(retransSegs(proc({ snmp })), 77)
  t.throws(() => retransSegs(proc({ snmp: 'Tcp: RtoMin\nTcp: 200\n' })), {
    message: '/proc/net/snmp has no Tcp: RetransSegs',
  })
})

test('a socket may still send in every state but TIME_WAIT, CLOSE and LISTEN', (t) => {
  const title = '  sl  local_address rem_address   st tx_queue\n'
  const line = (state: string) => `   0: 0100007F:1F90 00000000:0000 ${state} 00000000:00000000\n`
  const silent = title + ['06', '07', '0A'].map(line).join('')
  t.false(hasActiveTcp(proc({ tcp: silent, tcp6: silent })))
  t.false(hasActiveTcp(proc({ tcp: title, tcp6: title })))
  t.true(hasActiveTcp(proc({ tcp: title + line('01'), tcp6: title })))
  for (const state of ['01', '02', '03', '04', '05', '08', '09', '0B']) {
    t.true(hasActiveTcp(proc({ tcp: silent + line(state), tcp6: silent })), state)
    t.true(hasActiveTcp(proc({ tcp: silent, tcp6: silent + line(state) })), state)
  }
})
