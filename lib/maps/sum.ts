/** The value of one CPU in a per-CPU map: the element type of the array `V`. */
export type PerCpuValue<V> = V extends readonly (infer T)[] ? T : never

/**
 * Adds numbers and bigints, field by field and element by element. Fields that are not numbers (text, bytes) are taken from the first CPU.
 */
export function sumOf<T>(values: readonly T[]): T {
  return values.slice(1).reduce((sum, value) => add(sum, value) as T, values[0] as T)
}

function add(a: unknown, b: unknown): unknown {
  if (typeof a === 'bigint' && typeof b === 'bigint') return a + b
  if (typeof a === 'number' && typeof b === 'number') return a + b
  if (Array.isArray(a) && Array.isArray(b)) return a.map((element, index) => add(element, b[index]))
  if (isRecord(a) && isRecord(b)) {
    return Object.fromEntries(Object.entries(a).map(([field, value]) => [field, add(value, b[field])]))
  }
  return a
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !Array.isArray(value)
}
