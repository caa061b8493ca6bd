import { open } from 'ebpf'

using bpf = await open('tasks.bpf.o').load()
using threads = bpf.program('print_task').attachIterator({ pid: process.pid })

for await (const line of threads.lines()) {
  const [id, waited, preempted, ...name] = line.split(' ')
  console.log(`thread ${id} (${name.join(' ')}) waited ${waited} times, was preempted ${preempted} times`)
}
