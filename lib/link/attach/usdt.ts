import { type OptionNames, requireOptions } from '../../arguments.js'
import { type Path, pathOf } from '../../path.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import { findBinary } from './find-binary.js'

export interface UsdtOptions {
  /**
   * Only in this process, which runs. Needed for a library before Linux 5.15, and for a probe behind a semaphore in a program that lld or
   * mold has linked without `-z separate-loadable-segments`. Default: in every process that runs the file.
   */
  readonly pid?: number
  /** What `bpf_usdt_cookie` returns. */
  readonly cookie?: bigint
}

const usdtOptions: OptionNames<UsdtOptions> = { pid: true, cookie: true }

export function attachUsdt(program: Attachable, path: Path, provider: string, name: string, given: UsdtOptions): Link {
  const { cookie, ...options } = requireOptions(given, usdtOptions)
  // Not the kernel's cookie: libbpf keeps it in a map, so every kernel has it.
  const usdt = { ...options, path: findBinary(pathOf(path)), provider, name, ...(cookie !== undefined && { cookie }) }
  return attach(program, 'usdt', usdt, { feature: 'uprobe', cookieFeature: 'uprobe' })
}
