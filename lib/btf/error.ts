import { printable } from '../printable.js'
import { shareClass } from '../shared-class.js'

/** BTF data that is malformed, or a type that cannot do what was asked of it. */
export class BtfError extends Error {
  override readonly name = 'BtfError'
  readonly code = 'ERR_BTF'
  /** Byte offset in the BTF data, when the fault lies at one. */
  readonly offset: number | undefined
  /** Id of the type at fault, when there is one. */
  readonly type: number | undefined

  readonly #problem: string
  readonly #path: readonly string[]

  constructor(
    message: string,
    where: { readonly offset?: number; readonly type?: number } = {},
    /** The members that lead to the type, the outermost first. */
    path: readonly string[] = [],
  ) {
    super(printable(`${path.length > 0 ? `${path.join('.')}: ` : ''}${message}${describe(where)}`))
    this.offset = where.offset
    this.type = where.type
    this.#problem = message
    this.#path = path
  }

  /** @internal The same error, in a member of that name. */
  inMember(name: string): BtfError {
    const { offset, type } = this
    return new BtfError(
      this.#problem,
      { ...(offset !== undefined && { offset }), ...(type !== undefined && { type }) },
      [name || '(anonymous)', ...this.#path],
    )
  }
}
shareClass(BtfError, 'BtfError')

function describe({ type, offset }: { readonly offset?: number; readonly type?: number }): string {
  const parts: string[] = []
  if (type !== undefined) parts.push(`type ${type}`)
  if (offset !== undefined) parts.push(`byte ${offset}`)
  return parts.length > 0 ? ` (BTF ${parts.join(', ')})` : ''
}
