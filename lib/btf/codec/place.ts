import { BtfError } from '../error.js'
import type { FormatTree } from './format-tree.js'

/** Where a type is met on the way down from the one that is laid out. */
export interface Place {
  /** Whether nothing follows the value, so that an array of length 0 is one without an end. */
  readonly tail: boolean
  readonly depth: number
  /** Formats for it and for what it holds; the first that has one for a field decides. */
  readonly trees: readonly FormatTree[]
}

/** The place of a member. The fields of an anonymous one are its parent's, and so are their paths. */
export function below({ depth, trees }: Place, name: string, tail: boolean): Place {
  for (const tree of trees) if (tree.children.size > 0) tree.names.add(name)
  const own =
    name === ''
      ? trees.filter((tree) => tree.format === undefined)
      : trees.flatMap((tree) => tree.children.get(name) ?? [])
  return { tail, depth: depth + 1, trees: own }
}

/** An error of the types is told with the way to it. */
export function within<T>(member: string, plan: () => T): T {
  try {
    return plan()
  } catch (error) {
    throw error instanceof BtfError ? error.inMember(member) : error
  }
}
