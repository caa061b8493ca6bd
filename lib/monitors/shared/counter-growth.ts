import type { BpfMap } from '../../maps/map.js'
import type { BpfObject } from '../../object/bpf-object.js'

/** The counters in the only entry of a per-CPU array, which programs only ever increase, summed over all CPUs. */
export class CounterGrowth<T extends object> {
  readonly #counters: BpfMap<number, T[]>
  #last: T | undefined

  /** `map` is the array's name in the object. */
  constructor(object: BpfObject, map: string) {
    this.#counters = object.map(map, { int64: 'number' })
  }

  /** By how much the counters have grown since the last `take`. Until `take` is called, the next read includes all of this again. */
  read(): { readonly grown: T; readonly take: () => void } {
    const now = this.#counters.getSum(0) as T
    const take = () => {
      this.#last = now
    }
    return { grown: this.#last ? minus(now, this.#last) : now, take }
  }

  /** Reads, and takes what was read. */
  take(): T {
    const { grown, take } = this.read()
    take()
    return grown
  }
}

/** Subtracts each number in `b`, at any depth, from the same one in `a`. */
export function minus<T extends object>(a: T, b: T): T {
  const differences = Object.entries(a).map(([name, value]) => {
    const before = b[name as keyof T]
    return [name, typeof value === 'number' ? value - Number(before) : minus(value, before as object)]
  })
  return Object.fromEntries(differences)
}
