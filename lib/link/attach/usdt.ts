import { type OptionNames, requireOptions } from '../../arguments.js'
import { type Path, pathOf } from '../../path.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import { findBinary } from './find-binary.js'
import type { Native } from './native.js'

/** Options of `attachUsdt`. */
export interface UsdtOptions {
  /**
   * Attaches in this process only, which must be running. Required for a library before Linux 5.15, and for a probe with a semaphore in
   * a program that was linked with lld or mold without `-z separate-loadable-segments`. Default: every process that runs the file.
   */
  readonly pid?: number
  /** The value that `bpf_usdt_cookie` returns in the program. */
  readonly cookie?: bigint
}

const usdtOptions: OptionNames<UsdtOptions> = { pid: true, cookie: true }

export function attachUsdt(program: Attachable, path: Path, provider: string, name: string, given: UsdtOptions): Link {
  const options = requireOptions(given, usdtOptions)
  // This is not the kernel's cookie: libbpf keeps it in a map, so it works on every kernel.
  const usdt = { ...options, path: findBinary(pathOf(path)), provider, name }
  return attach<Native<UsdtOptions> & { path: string; provider: string; name: string }>(program, 'usdt', usdt, {
    feature: 'uprobe',
    cookieFeature: 'uprobe',
  })
}
