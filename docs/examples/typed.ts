import { open } from 'ebpf'
import type { SyscallsObject } from './syscalls.types.js'

const object = open<SyscallsObject>('syscalls.bpf.o')
object.globals.process = process.pid // 'proces' or a string would not compile
using bpf = await object.load()
using _links = bpf.attach()

process.getuid?.()
for (const [number, { calls, last }] of bpf.map('counts')) {
  // bigint, bigint, bigint: as the C types say
  console.log(`system call ${number}: ${calls} times, last ${last / 1_000_000n} ms after boot`)
}
