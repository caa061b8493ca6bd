import { constants } from 'node:os'
import { open } from 'ebpf'
import { ktimeToDate } from 'ebpf/kernel'

interface Signal {
  time: bigint
  process: number
  number: number
}

const object = open('signals.bpf.o')
object.globals.process = process.pid
using bpf = await object.load()
using signals = bpf.perfbuf<Signal>('signals', { type: 'signal', pages: 8 })
using _link = bpf.program('on_signal').attach()

const controller = new AbortController()
process.on('SIGUSR2', () => {})
process.kill(process.pid, 'SIGUSR2')

await signals.forEach(
  ({ time, number }) => {
    console.log(`${ktimeToDate(time).toISOString()} signal ${number}`)
    if (number === constants.signals.SIGUSR2) controller.abort()
  },
  { signal: controller.signal },
)
console.log(`lost: ${[...signals.lost().values()].reduce((a, b) => a + b, 0n)}`)
