import { statSync } from 'node:fs'
import { open, openMap } from 'ebpf'

interface Count {
  calls: bigint
  last: bigint
}

const path = `/sys/fs/bpf/counts-${process.pid}`

async function countSystemCalls(): Promise<void> {
  const object = open('syscalls.bpf.o')
  object.globals.process = process.pid
  object.map('counts').pinPath = path // made there by the first load, found there by the next
  using bpf = await object.load()
  using _links = bpf.attach()
  for (let i = 0; i < 100; i++) statSync('.')
}

await countSystemCalls()
await countSystemCalls()

// No object is loaded any more. The kernel keeps the types with the map.
using counts = openMap<bigint, Count>({ path })
const most = Math.max(...[...counts.values()].map(({ calls }) => Number(calls)))
console.log(`${counts.name}: one system call ${most} times`)
counts.unpin()
