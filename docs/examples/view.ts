import { open } from 'ebpf'

const object = open('results.bpf.o')
object.globals.process = process.pid
using bpf = await object.load()
using bits = bpf.map<number, bigint>('bits').view()

{
  using _link = bpf.program('on_sys_exit').attach()
  for (let i = 0; i < 100; i++) process.getuid?.()
  console.log(`while it runs: ${bits.get(0)}`) // no system call
}

// The same memory for Atomics: each count is taken and starts anew, and none that a program adds meanwhile is lost.
const counts = new BigUint64Array(bits.buffer)
for (let length = 0; length < bits.length; length++) {
  const count = Atomics.exchange(counts, length, 0n)
  if (count > 0n) console.log(`${length} bits: ${count}`)
}
console.log(`left: ${[...bits].reduce((a, b) => a + b)}`)
