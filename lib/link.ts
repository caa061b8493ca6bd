import type { NativeLink } from './internal/binding.js'
import { Handle } from './internal/lifetime.js'

/** What a program is attached by. Closing it detaches; so does the end of the process, except for a clsact filter. */
export class Link extends Handle {
  readonly #native: NativeLink

  /** @internal */
  constructor(
    native: NativeLink,
    /** `tcx`, `clsact`, `kprobe`, … */
    readonly kind: string,
    /** The program's name. */
    readonly program: string,
  ) {
    super(native, `the ${kind} link of program ${program}`)
    this.#native = native
  }

  /** The descriptor; -1 for what is no link to the kernel, a clsact filter for example, or several, as of USDT. */
  get fd(): number {
    return this.#native.fd
  }
}
