import { requireInstance, requireObject } from '../arguments.js'
import { LoopTurns } from '../internal/loop-turns.js'
import { inTurns, type ReadOptions, RecordReader, requireBatchBytes } from './record-reader.js'
import { type Found, RecordWait } from './record-wait.js'

/** Readers of ring buffers and perf buffers, each with a name of your choice. */
export type RecordReaders = Readonly<Record<string, RecordReader<unknown>>>

/** A record and the name of the reader that it came from. */
export type NamedRecord<R extends RecordReaders> = {
  [Name in keyof R]: readonly [name: Name, record: R[Name] extends RecordReader<infer T> ? T : never]
}[keyof R]

/**
 * Reads several ring buffers and perf buffers in one loop: `for await (const [name, record] of readAll({ execs, exits }))`. Each record
 * has the type of its own buffer. Records of a ring buffer are in order; there is no order between buffers. The loop ends when the signal
 * is aborted, when no buffer had a record for the timeout, or when one of the readers is closed.
 *
 * @throws {BpfError} EBUSY while one of the readers is being read in another way.
 *
 * @example
 * ```ts
 * import { open, readAll } from 'ebpf'
 *
 * using bpf = await open('exec.bpf.o').load()
 * using _links = bpf.attach()
 * using execs = bpf.ringbuf('execs', { type: 'exec' })
 * using exits = bpf.ringbuf('exits', { type: 'exit' })
 * for await (const [name, record] of readAll({ execs, exits }, { signal: AbortSignal.timeout(60_000) })) console.log(name, record)
 * ```
 */
export async function* readAll<const R extends RecordReaders>(
  readers: R,
  options: ReadOptions = {},
): AsyncGenerator<NamedRecord<R>, void, undefined> {
  const { signal, timeout, batchBytes = 0 } = inTurns(options)
  requireBatchBytes(batchBytes)
  const named = Object.entries(requireObject(readers, 'readers'))
  if (named.length === 0) throw new RangeError('readAll needs at least one buffer to read')
  const all = named.map(([name, reader]) => requireInstance(reader, RecordReader, name))
  const claimed: RecordReader<unknown>[] = []
  try {
    for (const reader of all) {
      reader.claim()
      claimed.push(reader)
    }
    const wait = new RecordWait(all, signal, timeout)
    const turns = new LoopTurns()
    let found: Found = 'nothing'
    let inTime = true
    while ((inTime || found === 'records') && !signal?.aborted) {
      // The event loop runs timers first: after the timeout, read the records that are there already.
      inTime = await wait.more(found)
      found = 'nothing'
      for (const [name, reader] of named) {
        if (all.some(({ closed }) => closed)) return
        const batch = reader.acquire(batchBytes)
        try {
          if (found !== 'records' && batch.found !== 'nothing') found = batch.found
          for (const record of batch) {
            yield [name, record] as unknown as NamedRecord<R>
            if (turns.due) await turns.take()
          }
        } finally {
          batch.keepRest()
          batch.release()
        }
      }
    }
  } finally {
    for (const reader of claimed) reader.unclaim()
  }
}
