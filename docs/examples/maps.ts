import { createMap, u32, u64 } from 'ebpf'

// Bytes by process id; the map is gone when its last handle, pin or program is.
using bytes = createMap({ type: 'hash', name: 'bytes', key: u32, value: u64, maxEntries: 10_000 })

bytes.set(1, 512n) // creates or overwrites
bytes.set(1, 1024n, 'exist') // throws ENOENT where there is none; 'noexist' throws EEXIST where there is one
console.log(`${bytes.get(1)}, ${bytes.get(2)}, ${bytes.has(2)}, ${bytes.delete(2)}`)
console.log(`taken: ${bytes.take(1)}, left: ${bytes.get(1)}`)

// Thousands of entries with one system call.
const count = bytes.setBatch(Array.from({ length: 5000 }, (_, i) => [i + 1, BigInt(i)]))
console.log(`${count} set, ${bytes.deleteBatch([1, 2, 3, 9999])} deleted`)

let sum = 0n
for (const [, value] of bytes) sum += value
console.log(`sum: ${sum}`)

// Yields what it removes.
let drained = 0
for (const _ of bytes.drain()) drained++
console.log(`${drained} drained, ${[...bytes.keys()].length} left`)
