import { type BpfMap, open, type RecordCursor, type RingBuffer } from 'ebpf'
import { expectAssignable, expectError, expectType } from 'tsd'

const bpf = open('trace.bpf.o').loadSync()

interface Stats {
  hits: bigint
}

const hits = bpf.map<number, Stats>('hits')
expectType<BpfMap<number, Stats>>(hits)
expectType<Stats | undefined>(hits.get(1))
expectType<IterableIterator<[number, Stats]>>(hits.entries())
expectError(hits.get('1'))
expectError(hits.set(1, { hits: 1 }))
expectError(hits.set(1, { hits: 1n }, 'sometimes'))
expectType<BpfMap<unknown, unknown>>(bpf.map('hits'))

// A codec of one's own says what the map holds; a record decoder what the ring does.
expectType<BpfMap<number, unknown>>(
  bpf.map<number>('hits', { key: { encode: () => new Uint8Array(), decode: () => 1 } }),
)
const ports = bpf.ringbuf('events', { decode: (record: RecordCursor) => record.u16(0) })
expectType<RingBuffer<number>>(ports)
for await (const port of ports) expectType<number>(port)
expectAssignable<Disposable>(hits)
