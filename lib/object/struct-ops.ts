import type { NativeLink, NativeObject } from '../internal/binding.js'
import { requiring } from '../kernel/features.js'
import { Link } from '../link/link.js'
import { shareClass } from '../shared-class.js'

/** A struct_ops map that the kernel uses, `tcp_congestion_ops` for example. Closing it unregisters it. */
export class StructOpsLink extends Link {
  readonly #native: NativeLink

  /** @internal */
  constructor(
    native: NativeLink,
    /** The map's name. */
    readonly map: string,
  ) {
    super(native, 'struct_ops', map)
    this.#native = native
  }

  /** @internal Puts a map, of the same kind and name in the kernel, in its place. */
  replace(object: NativeObject, index: number): void {
    requiring('struct_ops_link', () => object.updateStructOps(this.#native, index))
  }
}
shareClass(StructOpsLink, 'StructOpsLink')

export function attachStructOps(object: NativeObject, index: number, map: string): StructOpsLink {
  return requiring('struct_ops', () => new StructOpsLink(object.attachStructOps(index), map))
}
