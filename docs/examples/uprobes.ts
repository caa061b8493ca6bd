import { lookup } from 'node:dns/promises'
import { open } from 'ebpf'

const functions = ['getaddrinfo', 'malloc', 'free']

using bpf = await open('uprobes.bpf.o').load()
const links = functions.map((symbol, index) =>
  bpf.program('on_call').attachUprobe('libc.so.6', { symbol, pid: process.pid, cookie: BigInt(index) }),
)

for (let i = 0; i < 3; i++) await lookup('localhost')
for (const link of links) link.close()

const calls = bpf.map<number, bigint>('calls')
for (const [index, symbol] of functions.entries()) console.log(`${symbol}: ${calls.get(index)} calls`)
