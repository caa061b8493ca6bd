import { show } from '../../arguments.js'
import { didYouMean } from '../../nearest.js'
import { printable } from '../../printable.js'
import { type FieldCodec, type FieldFormat, type FieldFormats, formatNames, isFormat } from './formats.js'

/** Formats by dotted path, as a tree. Planning marks each node that it uses, so that a misspelt path is detected. */
export class FormatTree {
  readonly children = new Map<string, FormatTree>()
  format: FieldFormat | FieldCodec | undefined
  used = false
  /** The names of the fields below this node, from each type that planning found here. */
  readonly names = new Set<string>()

  /** `path` is the path from the root, for messages; `id` distinguishes trees. */
  constructor(
    readonly path: string,
    readonly id: number,
  ) {}
}

/** The trees of both options. Throws TypeError for an invalid format. */
export class FormatTrees {
  /** The formats whose paths start at the compiled type. */
  readonly fields: FormatTree
  /** The formats whose paths start with a type's name. */
  readonly types: ReadonlyMap<string, FormatTree>
  #count = 0

  constructor(fields: FieldFormats, types: FieldFormats) {
    this.fields = this.#build('fields', fields)
    this.types = this.#build('types', types).children
  }

  /** Throws TypeError for a path that does not lead to a field of a planned type. */
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
