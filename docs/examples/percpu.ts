import { existsSync } from 'node:fs'
import { open } from 'ebpf'

interface Total {
  calls: bigint
  failed: bigint
}

const object = open('results.bpf.o')
object.globals.process = process.pid
using bpf = await object.load()
const totals = bpf.map<number, Total[]>('totals')

{
  using _link = bpf.program('on_sys_exit').attach()
  for (let i = 0; i < 100; i++) existsSync('/nowhere')
}

for (const [cpu, { calls, failed }] of totals.get(0)?.entries() ?? []) {
  if (calls > 0n) console.log(`CPU ${cpu}: ${calls} calls, ${failed} failed`)
}
const sum = totals.getSum(0)
console.log(`together: ${sum?.calls} calls, ${sum?.failed} failed`)

totals.setEveryCpu(0, { calls: 0n, failed: 0n })
