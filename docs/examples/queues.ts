import { createMap, u32 } from 'ebpf'

using queue = createMap({ type: 'queue', name: 'jobs', value: u32, maxEntries: 2 })
queue.push(1)
queue.push(2)
queue.push(3, { overwrite: true }) // full: the oldest goes; without the option it throws E2BIG
console.log(`queue: ${queue.peek()} ${queue.pop()} ${queue.pop()} ${queue.pop()}`)

using stack = createMap({ type: 'stack', name: 'undo', value: u32, maxEntries: 2 })
stack.push(1)
stack.push(2)
console.log(`stack: ${stack.pop()} ${stack.pop()} ${stack.pop()}`)

// Linux 5.16. False is certain, true may be wrong, the more often the fuller it is.
using known = createMap({ type: 'bloom_filter', name: 'known', value: u32, maxEntries: 1000, extra: 3n })
known.add(42).add(43)
const mistaken = Array.from({ length: 1000 }, (_, i) => i + 100).filter((value) => known.has(value))
console.log(`filter: ${known.has(42)} ${known.has(43)}, mistaken: ${mistaken.length} of 1000`)
