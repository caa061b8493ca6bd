import test from 'ava'
import { allLines, startCommand } from '../helpers/command-line.js'
import '../helpers/no-leaks.js'

test('the demo’s totals equal the interfaces’ and the kernel’s, and it loses nothing', async (t) => {
  const demo = startCommand('demo', '--json', '--seconds', '2', '--loss', '5')
  const printed = await allLines(demo)
  const [status] = await demo.ended
  t.is(printed.length, 1)
  const summary = JSON.parse(printed[0] ?? '')
  t.is(status, 0, JSON.stringify(summary))
  t.is(summary.packets, summary.interfacePackets)
  t.is(summary.bytes, summary.interfaceBytes)
  t.is(summary.retransmittedSegments, summary.kernelRetransSegs)
  t.true(summary.kernelRetransSegs > 0)
  t.true(summary.packets > 500)
  t.true(summary.flows > 10)
  t.is(summary.lost, 0)
})
