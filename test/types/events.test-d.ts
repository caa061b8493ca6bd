import {
  createMap,
  open,
  PerfBuffer,
  type RecordBatch,
  type RecordCursor,
  RingBuffer,
  readAll,
  type TraceRecord,
  tracePipe,
  type UserRingBuffer,
} from 'ebpf'
import { expectError, expectType } from 'tsd'

interface Exec {
  pid: number
}

const bpf = open('trace.bpf.o').loadSync()
const execs = bpf.ringbuf<Exec>('execs', { type: 'exec' })
const exits = bpf.perfbuf('exits', { decode: (record: RecordCursor) => record.u32(0), pages: 8 })
expectType<PerfBuffer<number>>(exits)
expectType<Map<number, bigint>>(exits.lost())
expectType<Promise<Exec[]>>(execs.poll({ timeout: 100 }))
expectType<Promise<void>>(execs.forEach((exec) => void expectType<Exec>(exec)))
for await (const batch of execs.batches({ batchBytes: 4096 })) expectType<RecordBatch<Exec>>(batch)
expectType<RingBuffer<Uint8Array>>(new RingBuffer(bpf.map('execs')))
expectType<PerfBuffer<Uint8Array>>(new PerfBuffer(createMap({ type: 'perf_event_array' })))

// The name says which type the record has.
for await (const [name, record] of readAll({ execs, exits }, { timeout: 1000 })) {
  expectType<'execs' | 'exits'>(name)
  if (name === 'execs') expectType<Exec>(record)
  else expectType<number>(record)
}
expectError(readAll({ execs: bpf }))

const commands = bpf.userRingbuf<Exec>('commands', { type: 'exec' })
expectType<UserRingBuffer<Exec>>(commands)
expectType<boolean>(commands.write({ pid: 1 }))
expectError(commands.write({ id: 1 }))

for await (const line of tracePipe({ signal: AbortSignal.timeout(1) })) expectType<TraceRecord>(line)
