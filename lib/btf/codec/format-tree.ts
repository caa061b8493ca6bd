import { show } from '../../arguments.js'
import { type FieldCodec, type FieldFormat, type FieldFormats, formatNames, isFormat } from './formats.js'

/** Formats by dotted path, as a tree. A node that planning passes is marked, so that a misspelt path is found. */
export class FormatTree {
  readonly children = new Map<string, FormatTree>()
  format: FieldFormat | FieldCodec | undefined
  used = false

  /** `path` is the way from the root, for messages; `id` tells trees apart. */
  constructor(
    readonly path: string,
    readonly id: number,
  ) {}
}

/** The trees of both options; throws TypeError for a format that is none. */
export class FormatTrees {
  /** Of paths from the type that is compiled. */
  readonly fields: FormatTree
  /** Of paths that begin with a type's name. */
  readonly types: ReadonlyMap<string, FormatTree>
  #count = 0

  constructor(fields: FieldFormats, types: FieldFormats) {
    this.fields = this.#build('fields', fields)
    this.types = this.#build('types', types).children
  }

  /** Throws TypeError for a path that leads to no field of a type that was planned. */
  check(): void {
    for (const tree of this.fields.children.values()) checkUsed('fields', tree)
    for (const type of this.types.values()) {
      if (type.used) for (const tree of type.children.values()) checkUsed('types', tree)
    }
  }

  #build(option: string, formats: FieldFormats): FormatTree {
    const root = new FormatTree('', this.#count++)
    for (const [path, format] of Object.entries(formats)) {
      if (!isFormat(format)) {
        throw new TypeError(`option ${option}: '${path}' must be a codec or one of ${formatNames}, not ${show(format)}`)
      }
      let tree = root
      for (const name of path === '' ? [] : path.split('.')) tree = this.#child(tree, name)
      tree.format = format
    }
    return root
  }

  #child(parent: FormatTree, name: string): FormatTree {
    let child = parent.children.get(name)
    if (!child) {
      child = new FormatTree(parent.path === '' ? name : `${parent.path}.${name}`, this.#count++)
      parent.children.set(name, child)
    }
    return child
  }
}

function checkUsed(option: string, tree: FormatTree): void {
  if (!tree.used) throw new TypeError(`option ${option}: there is no field '${tree.path}'`)
  for (const child of tree.children.values()) checkUsed(option, child)
}
