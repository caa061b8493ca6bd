import {
  type BpfMap,
  type BytesCodec,
  createMap,
  type Descriptor,
  type MapView,
  openMap,
  type ProcessHandle,
  u32,
  u64,
} from 'ebpf'
import { expectAssignable, expectError, expectType } from 'tsd'

// Keys and values are what the codecs, or else the type, say.
const counts = createMap({ type: 'hash', key: u32, value: u64, maxEntries: 8 })
expectType<BpfMap<number, bigint>>(counts)
expectType<bigint | undefined>(counts.take(1))
expectError(counts.set('1', 1n))
expectError(counts.set(1, 1n, { mode: 'sometimes' }))
expectType<number>(counts.setBatch([[1, 2n]], { lock: true }))
expectError(counts.setBatch([[1, 2]]))
expectType<BpfMap<Uint8Array, Uint8Array>>(createMap({ type: 'hash', keySize: 4, valueSize: 4, maxEntries: 8 }))
expectType<BpfMap<Uint8Array, bigint>>(createMap({ type: 'hash', key: 'raw', keySize: 4, value: u64, maxEntries: 8 }))

declare const point: BytesCodec<{ x: number; y: number }>
const points = createMap({ type: 'array', value: point, valueSize: 8, maxEntries: 8, flags: ['mmapable'] })
expectType<BpfMap<number, { x: number; y: number }>>(points)
expectType<MapView<{ x: number; y: number }>>(points.view())

const perCpu = createMap({ type: 'percpu_array', value: u64, maxEntries: 8 })
expectType<bigint[] | undefined>(perCpu.get(1))
expectType<bigint | undefined>(perCpu.getSum(1))
perCpu.setEveryCpu(1, 5n)
expectError(perCpu.setEveryCpu(1, [5n]))
expectType<bigint | undefined>(perCpu.getCpu(1, 0))
perCpu.setCpu(1, 0, 5n)
expectError(perCpu.setCpu(1, 0, [5n]))
expectType<number>(perCpu.setCpuBatch(0, [[1, 5n]]))
expectType<number>(perCpu.setEveryCpuBatch([[1, 5n]], { mode: 'exist' }))
expectError(perCpu.setEveryCpuBatch([[1, [5n]]]))
expectType<IterableIterator<[number, bigint]>>(perCpu.entriesOfCpu(0))
expectType<undefined>(counts.getSum(1))

expectType<BpfMap<number, Uint8Array>>(createMap({ type: 'insn_array', valueSize: 16, maxEntries: 4 }))

const queue = createMap({ type: 'queue', value: u32, maxEntries: 8 })
expectType<number | undefined>(queue.pop())
expectError(queue.get(1))

const filter = createMap({ type: 'bloom_filter', value: u64, maxEntries: 8 })
expectType<boolean>(filter.has(1n))
expectError(filter.has('1'))

// A map of maps and a program array take handles, storage what has a descriptor.
const outer = createMap({ type: 'array_of_maps', inner: counts, maxEntries: 8 })
outer.set(0, counts)
expectError(outer.set(0, 'counts'))
const storage = createMap({ type: 'task_storage', value: u64 })
expectType<BpfMap<Descriptor, bigint>>(storage)
declare const owner: ProcessHandle
storage.set(owner, 1n)

expectError(createMap({ type: 'hsah', maxEntries: 1 }))
expectError(createMap({ type: 'array', value: u32, maxEntries: 1, flags: ['frozen'] }))

expectType<BpfMap<number, bigint>>(openMap<number, bigint>({ path: '/sys/fs/bpf/counts', access: 'read' }))
expectAssignable<BpfMap>(openMap({ id: 1 }))
expectError(openMap({ pinned: '/sys/fs/bpf/counts' }))
