import { printable } from '../printable.js'
import { shareClass } from '../shared-class.js'

/** Thrown for malformed BTF data, and for a type that does not support the operation. */
export class BtfError extends Error {
  /** Always `BtfError`. */
  override readonly name = 'BtfError'
  /** Always `ERR_BTF`. */
  readonly code = 'ERR_BTF'
  /** The byte offset of the fault in the BTF data, if known. */
  readonly offset: number | undefined
  /** The id of the faulty type, if there is one. */
  readonly type: number | undefined

  readonly #problem: string
  readonly #path: readonly string[]

  constructor(
    message: string,
    where: { readonly offset?: number; readonly type?: number } = {},
    /** The members that lead to the type, outermost first. */
    path: readonly string[] = [],
  ) {
    super(printable(`${path.length > 0 ? `${path.join('.')}: ` : ''}${message}${describe(where)}`))
    this.offset = where.offset
    this.type = where.type
    this.#problem = message
    this.#path = path
  }

  /** @internal The same error, within a member of that name. */
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
