/** How many intervals a trend shows at most. */
const trendLength = 20

/** All records of one key since the row appeared. Rows are never modified: a paused table keeps those it shows. */
export interface Row<T> {
  readonly total: T
  /** The record of the last interval; absent if it had none. */
  readonly latest?: T
  /** The measured value per second, in each of the last intervals. */
  readonly trend: readonly number[]
  /** Seconds since the last record. */
  readonly idle: number
}

export interface LedgerOptions<T> {
  readonly keyOf: (record: T) => string
  /** Adds two records; the second is the later one. */
  readonly add: (a: T, b: T) => T
  /** What the trend shows. */
  readonly measure: (record: T) => number
  /** How many rows are kept: beyond that, those that have been idle for longest are removed. */
  readonly capacity: number
  /** Seconds after which an idle row is removed. */
  readonly patience: number
}

/** Adds up the records of one interval after another by their keys. */
export class Ledger<T> {
  readonly #options: LedgerOptions<T>
  #rows = new Map<string, Row<T>>()

  constructor(options: LedgerOptions<T>) {
    this.#options = options
  }

  /** The rows after an interval of `seconds` with these records. */
  take(records: Iterable<T>, seconds: number): Row<T>[] {
    const { keyOf, add, measure, capacity, patience } = this.#options
    const latest = new Map<string, T>()
    for (const record of records) {
      const key = keyOf(record)
      const before = latest.get(key)
      latest.set(key, before === undefined ? record : add(before, record))
    }
    // Idle rows come first, so that the map is ordered by age.
    const rows = new Map<string, Row<T>>()
    for (const [key, row] of this.#rows) {
      const idle = row.idle + seconds
      if (!latest.has(key) && idle <= patience) {
        rows.set(key, { total: row.total, trend: extended(row.trend, 0), idle })
      }
    }
    for (const [key, record] of latest) {
      const row = this.#rows.get(key)
      rows.set(key, {
        total: row ? add(row.total, record) : record,
        latest: record,
        trend: extended(row?.trend ?? [], measure(record) / seconds),
        idle: 0,
      })
    }
    for (const key of rows.keys()) {
      if (rows.size <= capacity) break
      rows.delete(key)
    }
    this.#rows = rows
    return [...rows.values()]
  }
}

/** A trend and its next value. */
export const extended = (trend: readonly number[], value: number): number[] => [...trend.slice(1 - trendLength), value]
