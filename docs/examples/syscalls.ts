import { statSync } from 'node:fs'
import { open } from 'ebpf'

interface Count {
  calls: bigint
  last: bigint
}

const object = open('syscalls.bpf.o')
object.globals.process = process.pid
object.map('counts').maxEntries = 256
using bpf = await object.load()

{
  using _link = bpf.program('on_sys_enter').attach()
  for (let i = 0; i < 100; i++) statSync('.')
} // the link is closed here: the program no longer runs

const counts = [...bpf.map<bigint, Count>('counts')].sort(([, a], [, b]) => Number(b.calls - a.calls))
for (const [number, { calls }] of counts) console.log(`system call ${number}: ${calls} times`)
console.log(`lost: ${bpf.globals.lost}`)
