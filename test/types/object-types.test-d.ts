import {
  type BpfMap,
  type BpfObject,
  type OpenObject,
  open,
  type PerfBuffer,
  type RingBuffer,
  type UserRingBuffer,
} from 'ebpf'
import type { FieldFormats } from 'ebpf/btf'
import { expectAssignable, expectError, expectType } from 'tsd'

interface Stats {
  hits: bigint
}

// As `ebpf types` writes it.
interface TraceObject {
  programs: { on_event: 'kprobe/vfs_read' }
  maps: {
    hits: { type: 'hash'; key: number; value: Stats }
    events: { type: 'ringbuf'; key: Uint8Array; value: Uint8Array }
    samples: { type: 'perf_event_array'; key: number; value: number }
    commands: { type: 'user_ringbuf'; key: Uint8Array; value: Uint8Array }
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
expectType<PerfBuffer<Stats>>(bpf.perfbuf('samples', { type: 'stats', pages: 8 }))
expectType<PerfBuffer<number>>(bpf.perfbuf('samples', { decode: (record) => record.length }))
expectType<PerfBuffer<unknown>>(bpf.perfbuf('samples', { type: 'stats', int64: 'number' }))
expectError(bpf.perfbuf('events', { type: 'stats' }))
expectError(bpf.perfbuf('samples', { type: 'statistics' }))
const commands = bpf.userRingbuf('commands', { type: 'stats' })
expectType<UserRingBuffer<Stats>>(commands)
expectError(commands.write({ hits: 1 }))
expectError(bpf.userRingbuf('samples', { type: 'stats' }))
expectError(bpf.userRingbuf('commands', { type: 'statistics' }))

// Types that were written with options are true only with them.
interface NumbersObject extends Omit<TraceObject, 'decoding'> {
  decoding: { int64: 'number' }
}
expectType<OpenObject<NumbersObject>>(open<NumbersObject>('trace.bpf.o', { decode: { int64: 'number' } }))
expectError(open<NumbersObject>('trace.bpf.o'))
expectError(open<NumbersObject>('trace.bpf.o', { decode: {} }))
expectError(open<NumbersObject>('trace.bpf.o', { decode: { int64: 'number', enums: 'name' } }))
expectError(open<TraceObject>('trace.bpf.o', { decode: { int64: 'number' } }))

// Without a type any name may be right.
const untyped = await open('trace.bpf.o').load()
expectType<BpfMap<unknown, unknown>>(untyped.map('anything'))
expectType<RingBuffer<unknown>>(untyped.ringbuf('anything', { type: 'anything' }))
expectType<RingBuffer<Stats>>(untyped.ringbuf<Stats>('events', { type: 'stats', charArrays: 'string' }))
untyped.globals.anything = 1
open('trace.bpf.o', { decode: { int64: 'number', fields: { 'config.peer': 'ipv4' } } })
expectError(open('trace.bpf.o', { decode: { int64: 'double' } }))

expectAssignable<FieldFormats>({ saddr: 'ipv4', comm: 'string', flags: 'enum' })
expectError(untyped.map('hits', { fields: { saddr: 'ipv5' } }))
