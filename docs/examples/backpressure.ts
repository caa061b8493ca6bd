import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { open } from 'ebpf'

const object = open('calls.bpf.o')
object.globals.process = process.pid
object.map('calls').maxEntries = 4096 // bytes, a power of two and whole pages: far too few
using bpf = await object.load()
using calls = bpf.ringbuf('calls')

{
  using _link = bpf.program('on_sys_enter').attach()
  // The event loop is busy and reads nothing: the ring fills.
  for (let i = 0; i < 1000; i++) statSync('.')
}

// The fastest way to read: a cursor on the ring's own memory, no object for a record.
let read = 0n
const numbers = new Set<number>()
for await (const batch of calls.batches({ timeout: 100 })) {
  batch.forEachCursor((record) => {
    read++
    numbers.add(record.u32(12)) // the offset of `number`
  })
}
const { seen, lost } = bpf.globals
assert.equal(seen, read + (lost as bigint))
console.log(`${read} read, ${lost} lost, ${numbers.size} different`)
