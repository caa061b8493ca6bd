import { open } from 'ebpf'

interface Limit {
  port: number
  packets: number
}

using bpf = await open('commands.bpf.o').load()
using commands = bpf.userRingbuf<Limit>('commands', { type: 'limit' })

commands.write({ port: 53, packets: 1000 }) // false when it is full
await commands.writeAsync({ port: 123, packets: 10 }) // waits until a program has made room

const { returnValue } = bpf.program('take_commands').run()
console.log(`${returnValue} taken`)
for (const [port, packets] of bpf.map<number, number>('limits')) console.log(`port ${port}: ${packets}`)
