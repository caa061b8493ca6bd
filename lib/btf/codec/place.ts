import { BtfError } from '../error.js'
import type { FormatTree } from './format-tree.js'

/** Where a type occurs within the type that is laid out. */
export interface Place {
  /** Whether nothing follows the value, so that an array of length 0 is a flexible one. */
  readonly tail: boolean
  readonly depth: number
  /** Formats for the type and for what it holds; the first tree that has a format for a field decides. */
  readonly trees: readonly FormatTree[]
}

/** The place of a member. The fields of an anonymous member belong to its parent, and so do their paths. */
export function below({ depth, trees }: Place, name: string, tail: boolean): Place {
  for (const tree of trees) if (tree.children.size > 0) tree.names.add(name)
  const own =
    name === ''
      ? trees.filter((tree) => tree.format === undefined)
      : trees.flatMap((tree) => tree.children.get(name) ?? [])
  return { tail, depth: depth + 1, trees: own }
}

/** Adds the path of members to a BtfError. */
export function within<T>(member: string, plan: () => T): T {
  try {
    return plan()
  } catch (error) {
    throw error instanceof BtfError ? error.inMember(member) : error
  }
}
