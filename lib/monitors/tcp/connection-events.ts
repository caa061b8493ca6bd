import {
  type OptionNames,
  requireCount,
  requireIterable,
  requireOptions,
  requireSignal,
  show,
} from '../../arguments.js'
import type { RecordBatch } from '../../events/record-batch.js'
import type { RingBuffer } from '../../events/ringbuf.js'
import { type Closable, closeAll, closeEach, Handle } from '../../internal/lifetime.js'
import { LoopTurns } from '../../internal/loop-turns.js'
import { wallClock } from '../../kernel/clock.js'
import type { Path } from '../../path.js'
import { CounterGrowth } from '../shared/counter-growth.js'
import { HeldNamespace } from '../shared/held-namespace.js'
import { CgroupPaths } from './cgroup-paths.js'
import {
  type ConnectionEvent,
  type ConnectionEventType,
  type EventReader,
  eventReader,
  eventTypes,
} from './connection-event.js'
import { type AttachedSocket, attachSocket, type Followed } from './socket-attach.js'

/** Options of `connectionEvents` and `ConnectionEvents.open`. */
export interface ConnectionEventsOptions {
  /** Which events to report. Default: all but `dropped`, because a busy machine drops many packets. */
  readonly types?: Iterable<ConnectionEventType>
  /** Only this network namespace, by its file, `/proc/self/ns/net`, or its name. Default: every namespace. */
  readonly netns?: Path
  /** How many connections are remembered at the same time, with their beginning and process. Default: 65536. */
  readonly maxSockets?: number
  /** Size of the ring buffer in bytes, rounded up to a power-of-two number of pages. Default: 1 MiB, about 7,000 events. */
  readonly ringSize?: number
}

const connectionEventsNames: OptionNames<ConnectionEventsOptions & { signal?: AbortSignal }> = {
  types: true,
  netns: true,
  maxSockets: true,
  ringSize: true,
  signal: true,
}

const defaultTypes: Iterable<ConnectionEventType> = ['opened', 'established', 'closed', 'retransmitted', 'reset']

/**
 * What happens to TCP connections, as it happens, one event at a time, until the loop is left or `signal` aborts. If events come faster
 * than they are read, a `lost` event says how many are missing. Connections older than this call have events too, with what is known of
 * them. A retransmission that the kernel does not report has no event (until Linux 6.17: one that a queue or filter of this machine
 * refused); `TcpMonitor` counts it.
 *
 * @throws {PermissionError} without CAP_BPF and CAP_PERFMON.
 * @throws {RangeError} for an unknown type.
 */
export async function* connectionEvents(
  options: ConnectionEventsOptions & { readonly signal?: AbortSignal } = {},
): AsyncGenerator<ConnectionEvent, void, undefined> {
  using events = await ConnectionEvents.open(options)
  yield* events.read(options)
}

/** The attached programs behind `connectionEvents`: everything from `open` on is reported, whenever it is read. */
export class ConnectionEvents extends Handle implements AsyncIterable<ConnectionEvent> {
  readonly #counters: CounterGrowth<{ readonly lost_events: number }>
  readonly #ring: RingBuffer
  readonly #read: EventReader
  readonly #cgroups: CgroupPaths
  /** One clock for all events, so that the same moment has the same time in every event that mentions it. */
  readonly #time = wallClock()
  readonly #namespace: HeldNamespace | undefined
  /** Aborted when the namespace is gone. */
  readonly #gone: AbortSignal

  /** Loads and attaches the programs. Throws the same errors as `connectionEvents`. */
  static async open(options: ConnectionEventsOptions = {}): Promise<ConnectionEvents> {
    const {
      types = defaultTypes,
      netns,
      maxSockets = 65_536,
      ringSize = 1 << 20,
    } = requireOptions(options, connectionEventsNames)
    requireCount(maxSockets, 'maxSockets')
    requireCount(ringSize, 'ringSize')
    const wanted = new Set<ConnectionEventType>()
    for (const type of requireIterable(types, 'types')) wanted.add(requireEventType(type))
    const held = netns === undefined ? undefined : HeldNamespace.open(netns, 'watch connections')
    const attaching = attachSocket({
      followed: followedFor(wanted),
      netns: held?.namespace,
      maxEntries: 1,
      maxSockets,
      events: {
        ringSize,
        types: eventTypes.reduce((mask, type, bit) => mask | (wanted.has(type) ? 1 << bit : 0), 0),
      },
    })
    const parts: Closable[] = held ? [held] : []
    try {
      const attached = await attaching
      parts.push(attached.object, attached.links)
      return new ConnectionEvents(attached, held)
    } catch (error) {
      closeEach(parts)
      throw error
    }
  }

  private constructor({ object, links }: AttachedSocket, namespace: HeldNamespace | undefined) {
    if (!object.btf) throw new TypeError('the socket program has no BTF')
    const cgroups = new CgroupPaths()
    const read = eventReader(object.btf, cgroups)
    const counters = new CounterGrowth<{ readonly lost_events: number }>(object, 'socket_counters')
    // After everything that may fail, since closing the object does not close the ring.
    const ring = object.ringbuf<Uint8Array>('socket_events')
    const gone = new AbortController()
    const detach = () => links.detach().finally(() => gone.abort())
    super(
      { close: () => closeAll([object, ring, links, ...(namespace ? [namespace] : [])]) },
      'a stream of connection events',
    )
    this.#namespace = namespace
    namespace?.watch(detach)
    this.#gone = gone.signal
    this.#counters = counters
    this.#ring = ring
    this.#read = read
    this.#cgroups = cgroups
  }

  /**
   * The events as they come, until an abort or `close`.
   *
   * @throws {BpfError} ENOENT if the network namespace named by `netns` is gone; that is noticed within a second.
   */
  async *read(options: { readonly signal?: AbortSignal } = {}): AsyncGenerator<ConnectionEvent, void, undefined> {
    const signal = requireSignal(requireOptions(options, connectionEventsNames).signal)
    const end = new AbortController()
    const abort = () => end.abort()
    if (signal?.aborted || this.#gone.aborted) abort()
    for (const each of [signal, this.#gone]) each?.addEventListener('abort', abort)
    try {
      for await (const batch of this.#ring.batches({ signal: end.signal })) yield* this.#eventsOf(batch)
    } finally {
      for (const each of [signal, this.#gone]) each?.removeEventListener('abort', abort)
    }
    if (!signal?.aborted && this.#namespace?.ended) throw this.#namespace.ended
  }

  async *#eventsOf(batch: RecordBatch<Uint8Array>): AsyncGenerator<ConnectionEvent, void, undefined> {
    const lost = this.#counters.take().lost_events
    if (lost > 0) yield { type: 'lost', count: lost }
    try {
      const turns = new LoopTurns()
      for (const record of batch) {
        // Yield to the event loop, however many events the ring holds and however fast they are read.
        if (turns.due) await turns.take()
        const event = this.#read(record, this.#time)
        if (this.#cgroups.incomplete) await this.#cgroups.complete()
        yield event
      }
    } finally {
      batch.keepRest()
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<ConnectionEvent, void, undefined> {
    return this.read()
  }
}

function requireEventType(type: ConnectionEventType): ConnectionEventType {
  if (eventTypes.includes(type)) return type
  throw new RangeError(`types must be of ${[...new Set(eventTypes)].join(', ')}, not ${show(type)}`)
}

/** Connections are followed for other events too, to know their owner. A dropped packet has no owner. */
function followedFor(types: ReadonlySet<ConnectionEventType>): Followed[] {
  const followed: Followed[] = []
  if ([...types].some((type) => type !== 'dropped')) followed.push('connections')
  if (types.has('reset')) followed.push('resets')
  // A SYN that nobody answers is first seen when it is retransmitted.
  if (types.has('retransmitted') || types.has('opened')) followed.push('retransmits')
  if (types.has('dropped')) followed.push('drops')
  return followed
}
