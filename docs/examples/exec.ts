import { spawn } from 'node:child_process'
import { open } from 'ebpf'

interface Exec {
  pid: number
  parent: number
  comm: string
  filename: string
}

using bpf = await open('exec.bpf.o').load()
using events = bpf.ringbuf<Exec>('events', { type: 'exec', charArrays: 'string' })
using _link = bpf.program('on_exec').attach()

const child = spawn('sleep', ['0.1'])
for await (const { pid, parent, comm, filename } of events) {
  console.log(`${parent} executed ${filename} (${comm}) as process ${pid}`)
  if (pid === child.pid) break // a program of your own would go on, until its signal is aborted
}
console.log(`lost: ${bpf.globals.lost}`)
