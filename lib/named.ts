import { requireText } from './arguments.js'
/** @throws {RangeError} naming what there is instead. */
export function named<T>(items: ReadonlyMap<string, T>, name: string, kind: string): T {
  const item = items.get(requireText(name, `the name of a ${kind}`))
  if (item === undefined) {
    throw new RangeError(`the object has no ${kind} '${name}'; it has: ${[...items.keys()].join(', ') || 'none'}`)
  }
  return item
}
