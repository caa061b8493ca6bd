import type { NativeLink, NativeObject } from '../internal/binding.js'
import { requiring } from '../kernel/features.js'
import { Link } from '../link/link.js'
import { shareClass } from '../shared-class.js'

/** A struct_ops map that is registered with the kernel, for example a `tcp_congestion_ops`. Closing the link unregisters the map. */
export class StructOpsLink extends Link {
  readonly #native: NativeLink

  /** @internal */
  constructor(
    native: NativeLink,
    /** The name of the map. */
    readonly map: string,
  ) {
    super(native, 'struct_ops', map)
    this.#native = native
  }

  /** @internal Replaces the map with another one that has the same struct_ops type and the same name in the kernel. */
  replace(object: NativeObject, index: number): void {
    requiring('struct_ops_link', () => object.updateStructOps(this.#native, index))
  }
}
shareClass(StructOpsLink, 'StructOpsLink')

export function attachStructOps(object: NativeObject, index: number, map: string): StructOpsLink {
  return requiring('struct_ops', () => new StructOpsLink(object.attachStructOps(index), map))
}
