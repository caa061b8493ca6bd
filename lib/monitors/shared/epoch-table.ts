import { BpfError } from '../../errors.js'
import { LoopTurns } from '../../internal/loop-turns.js'
import { Turns } from '../../internal/turns.js'
import type { BpfMap } from '../../maps/map.js'
import { batches } from '../../maps/walk.js'
import type { BpfObject } from '../../object/bpf-object.js'

/** Called for each entry, with the offsets of its key and its value. */
export type EntryVisitor = (keys: DataView, keyOffset: number, values: DataView, valueOffset: number) => void

type RawMap = BpfMap<Uint8Array, Uint8Array>

const raw = { key: 'raw', value: 'raw' } as const

/**
 * A table that programs write to, behind an array of maps with one slot: `swap` puts the other of two maps into the slot. The kernel
 * returns from that update only when every program that may still hold the old map has ended (`maybe_wait_bpf_programs`,
 * kernel/bpf/syscall.c, since 5.0). So nobody writes to the old map any more, and it can be emptied without losing anything. If reading it
 * fails, the entries read so far have been visited and the rest stays in the map: the next `swap` reads that first.
 */
export class EpochTable {
  readonly #slot: BpfMap<number, unknown>
  readonly #tables: readonly [RawMap, RawMap]
  #active: 0 | 1 = 0
  /** Serializes swaps: of two at once, one might put the table that the other is emptying back into the slot. */
  readonly #turns = new Turns()
  /** Whether the last epoch that ended was not read completely. */
  #unread = false
  /** Entries read from that epoch. */
  #entries = 0

  constructor(object: BpfObject, names: { readonly slot: string; readonly tables: readonly [string, string] }) {
    this.#slot = object.map(names.slot)
    // `EntryVisitor`s read raw bytes: creating codecs would take longer than the first snapshot.
    this.#tables = [object.map(names.tables[0], raw), object.map(names.tables[1], raw)]
  }

  /** How many entries one epoch can hold. */
  get maxEntries(): number {
    return this.#tables[0].maxEntries
  }

  /** Resolves when every program that is running now has ended, including those that started before a link was closed. */
  settle(): Promise<void> {
    return this.#turns.run(() => this.#put(this.#tables[this.#active]))
  }

  /**
   * Starts a new epoch, visits and removes every entry of the one that ended, and returns how many there were. After a failure it continues
   * with the epoch that ended then, so that no key comes twice; with `last` it visits the current epoch too.
   */
  swap(visit: EntryVisitor, { last = false } = {}): Promise<number> {
    return this.#turns.run(async () => {
      const unread = this.#unread
      if (unread) await this.#drain(visit)
      if (!unread || last) await this.#swap(visit)
      const entries = this.#entries
      this.#entries = 0
      return entries
    })
  }

  async #swap(visit: EntryVisitor): Promise<void> {
    const next = this.#active === 0 ? 1 : 0
    await this.#put(this.#tables[next])
    this.#active = next
    this.#unread = true
    await this.#drain(visit)
  }

  /** Yields to the event loop, even within a batch: entries that were removed are visited even if the next step fails. */
  async #drain(visit: EntryVisitor): Promise<void> {
    const ended = this.#tables[this.#active === 0 ? 1 : 0]
    const { keySize, userValueSize } = ended.native.info
    const turns = new LoopTurns()
    for (const { keys, values, count, remove } of batches(ended.native, true)) {
      const keyView = new DataView(keys.buffer)
      const valueView = new DataView(values.buffer)
      // Remove before visiting: whatever could not be removed is read again.
      remove?.()
      for (let i = 0; i < count; i++) {
        visit(keyView, i * keySize, valueView, i * userValueSize)
        if (turns.due) await turns.take()
      }
      this.#entries += count
      if (turns.over) await turns.take()
    }
    this.#unread = false
  }

  /** On the thread pool, which needs descriptors of its own; if none is left, the event loop waits for the grace period instead. */
  async #put(table: RawMap): Promise<void> {
    try {
      await this.#slot.setAsync(0, table)
    } catch (error) {
      if (!(error instanceof BpfError) || (error.code !== 'EMFILE' && error.code !== 'ENFILE')) throw error
      this.#slot.set(0, table)
    }
  }
}
