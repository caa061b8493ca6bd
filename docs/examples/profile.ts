import { pbkdf2Sync } from 'node:crypto'
import { open } from 'ebpf'
import { kallsyms, kernelFrames, ProcessSymbols, stackAddresses, userFrames } from 'ebpf/symbols'

interface Stack {
  user: number
  kernel: number
}

const { pid } = process
using bpf = await open('profile.bpf.o').load()
{
  using _link = bpf.program('on_sample').attachPerfEvent({ event: 'cpu-clock', frequency: 999, pid })
  pbkdf2Sync('secret', 'salt', 300_000, 32, 'sha256')
}

// Read once, for all stacks.
const kernelSymbols = kallsyms()
const processSymbols = new ProcessSymbols(pid)

const stacks = bpf.map<never, never>('stacks')
const byFunction = new Map<string, bigint>()
for (const [{ user, kernel }, count] of bpf.map<Stack, bigint>('samples')) {
  const [innermost] = [
    ...kernelFrames(stackAddresses(stacks, kernel) ?? [], kernelSymbols),
    ...userFrames(stackAddresses(stacks, user) ?? [], processSymbols),
  ]
  const name = innermost?.name ?? 'not known'
  byFunction.set(name, (byFunction.get(name) ?? 0n) + count)
}

const busiest = [...byFunction].sort(([, a], [, b]) => Number(b - a)).slice(0, 5)
for (const [name, count] of busiest) console.log(`${count} samples in ${name}`)
console.log(`lost: ${bpf.globals.lost}`)
