import { type BpfMap, type BpfObject, type FieldFormats, type OpenObject, open, type RingBuffer } from 'ebpf'
import { expectAssignable, expectError, expectType } from 'tsd'

interface Stats {
  hits: bigint
}

// As `ebpf types` writes it.
interface TraceObject {
  programs: { on_event: 'kprobe/vfs_read' }
  maps: {
    hits: { kind: 'hash'; key: number; value: Stats }
    events: { kind: 'ringbuf'; key: Uint8Array; value: Uint8Array }
  }
  globals: { readonly target: number; runs: bigint }
  types: { stats: Stats }
  decoding: Record<never, never>
}

const object = open<TraceObject>('trace.bpf.o')
expectType<OpenObject<TraceObject>>(object)
object.globals.target = 1
expectError((object.globals.targets = 1))
expectError((object.globals.target = 1n))
expectError(object.map('hit'))
expectError(object.program('event'))

const bpf = await object.load()
expectType<BpfObject<TraceObject>>(bpf)
expectAssignable<BpfObject>(bpf)
expectError((bpf.globals.target = 1))
bpf.globals.runs = 2n
expectError(bpf.program('event'))
expectType<BpfMap<number, Stats>>(bpf.map('hits'))
expectError(bpf.map('hit'))
expectError(bpf.map('hits').get('1'))
expectType<BpfMap<unknown, unknown>>(bpf.map('hits', { int64: 'number' }))
expectType<BpfMap<number, { hits: number }>>(bpf.map<number, { hits: number }>('hits', { int64: 'number' }))
expectType<RingBuffer<Stats>>(bpf.ringbuf('events', { type: 'stats' }))
expectType<RingBuffer<number>>(bpf.ringbuf('events', { decode: (record) => record.length }))
expectError(bpf.ringbuf('hits', { type: 'stats' }))
expectError(bpf.ringbuf('events', { type: 'statistics' }))

// Without a type any name may be right.
const untyped = await open('trace.bpf.o').load()
expectType<BpfMap<unknown, unknown>>(untyped.map('anything'))
expectType<RingBuffer<unknown>>(untyped.ringbuf('anything', { type: 'anything' }))
expectType<RingBuffer<Stats>>(untyped.ringbuf<Stats>('events', { type: 'stats', charArrays: 'string' }))
untyped.globals.anything = 1

expectAssignable<FieldFormats>({ saddr: 'ipv4', comm: 'string', flags: 'enum' })
expectError(untyped.map('hits', { fields: { saddr: 'ipv5' } }))
