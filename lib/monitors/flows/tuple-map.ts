/**
 * A map whose keys are `words` 32-bit words each, kept as bytes: a string per key, and its hash, would cost more than everything else
 * that is done with a flow. Entries are never removed one by one.
 */
export class TupleMap<V> {
  readonly #words: number
  #values: V[] = []
  /** The keys, in the order of the values. */
  #keys: Uint32Array
  /** By hash: 1 + the index of the value, or 0. At least twice as many as keys, so that a free slot is near. */
  #slots: Uint32Array

  constructor(words: number) {
    this.#words = words
    this.#keys = new Uint32Array(words * initialCapacity)
    this.#slots = new Uint32Array(2 * initialCapacity)
  }

  get size(): number {
    return this.#values.length
  }

  get(key: Uint32Array): V | undefined {
    const entry = this.#slots[this.#slotOf(key)] as number
    return entry === 0 ? undefined : this.#values[entry - 1]
  }

  /** The key must not be in the map. */
  add(key: Uint32Array, value: V): void {
    if (2 * this.#values.length >= this.#slots.length) this.#grow()
    this.#keys.set(key, this.#values.length * this.#words)
    this.#slots[this.#slotOf(key)] = this.#values.push(value)
  }

  values(): IterableIterator<V> {
    return this.#values.values()
  }

  /** The slot that has the key, or the free one where it belongs. */
  #slotOf(key: Uint32Array): number {
    const words = this.#words
    const keys = this.#keys
    const slots = this.#slots
    const mask = slots.length - 1
    for (let slot = hashOf(key, words) & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot] as number
      if (entry === 0) return slot
      let at = (entry - 1) * words
      let word = 0
      while (word < words && keys[at] === key[word]) {
        word++
        at++
      }
      if (word === words) return slot
    }
  }

  #grow(): void {
    const words = this.#words
    const keys = new Uint32Array(2 * this.#keys.length)
    keys.set(this.#keys)
    this.#keys = keys
    const slots = new Uint32Array(2 * this.#slots.length)
    const mask = slots.length - 1
    // No key occurs twice, so each takes the first free slot.
    for (let i = 0; i < this.#values.length; i++) {
      let slot = hashOf(keys, words, i * words) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = i + 1
    }
    this.#slots = slots
  }
}

const initialCapacity = 512

/** Random, because keys come from the network: nobody can choose addresses that collide. */
const seed = (Math.random() * 0x1_0000_0000) | 0

function hashOf(keys: Uint32Array, words: number, at = 0): number {
  let hash = seed
  for (let i = at; i < at + words; i++) {
    hash = Math.imul(hash ^ (keys[i] as number), 0x9e37_79b1)
    hash ^= hash >>> 15
  }
  hash = Math.imul(hash, 0x85eb_ca6b)
  return hash ^ (hash >>> 13)
}
