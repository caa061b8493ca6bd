import { show } from '../../arguments.js'
import { didYouMean } from '../../nearest.js'
import { printable } from '../../printable.js'
import { type FieldCodec, type FieldFormat, type FieldFormats, formatNames, isFormat } from './formats.js'

/** Formats by dotted path, as a tree. A node that planning passes is marked, so that a misspelt path is found. */
export class FormatTree {
  readonly children = new Map<string, FormatTree>()
  format: FieldFormat | FieldCodec | undefined
  used = false
  /** The names of the fields below it, of each type that planning has met here. */
  readonly names = new Set<string>()

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
    checkBelow('fields', this.fields)
    for (const type of this.types.values()) {
      if (type.used) checkBelow('types', type)
    }
  }

  #build(option: string, formats: FieldFormats): FormatTree {
    const root = new FormatTree('', this.#count++)
    for (const [path, format] of Object.entries(formats)) {
      if (!isFormat(format)) {
        const meant = typeof format === 'string' ? didYouMean(format, formatNames, 1) : ''
        throw new TypeError(
          `option ${option}: '${printable(path)}' must be a codec or one of ${formatNames.join(', ')}, not ${show(format)}${meant}`,
        )
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

function checkBelow(option: string, tree: FormatTree): void {
  for (const [name, child] of tree.children) {
    if (!child.used) {
      const meant = didYouMean(name, tree.names, 1)
      throw new TypeError(`option ${option}: there is no field '${printable(child.path)}'${meant}`)
    }
    checkBelow(option, child)
  }
}
