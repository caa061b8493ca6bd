import { createMap, RingBuffer } from 'ebpf'
import { mapMemory } from './descriptors.mjs'
import { print } from './subject.mjs'

/** memory-rings SIZE: what an open ring of so many bytes takes of this process, and of the kernel. */
const [size] = process.argv.slice(2)

const rings = 32
const open = () => new RingBuffer(createMap({ type: 'ringbuf', maxEntries: Number(size) }))
// The first also loads what all share.
const kept = [open()]
globalThis.gc()
const before = { resident: process.memoryUsage.rss(), kernel: mapMemory() }
for (let i = 0; i < rings; i++) kept.push(open())
globalThis.gc()
const perRing = (bytes) => [bytes / rings / 2 ** 20]
print({ memory: perRing(process.memoryUsage.rss() - before.resident), kernel: perRing(mapMemory() - before.kernel) })
for (const ring of kept) ring.close()
