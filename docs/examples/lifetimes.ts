import { spawn } from 'node:child_process'
import { open, readAll } from 'ebpf'

interface Exec {
  pid: number
  comm: string
}

interface Exit {
  pid: number
  code: number
}

const object = open('lifetimes.bpf.o')
object.globals.parent = process.pid
using bpf = await object.load()
using execs = bpf.ringbuf<Exec>('execs', { type: 'exec', charArrays: 'string' })
using exits = bpf.ringbuf<Exit>('exits', { type: 'exit' })
using _links = bpf.attach()

spawn('sh', ['-c', 'exit 3'])
const seen = new Set<string>()
for await (const [name, record] of readAll({ execs, exits }, { timeout: 5000 })) {
  // The name tells which type the record has.
  if (name === 'execs') console.log(`${record.comm} starts`)
  else console.log(`status ${record.code >> 8}, signal ${record.code & 0x7f}`)
  if (seen.add(name).size === 2) break
}
console.log(`lost: ${bpf.globals.lost}`)
