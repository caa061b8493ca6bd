import { type OptionNames, requireOptions } from '../../arguments.js'
import { type Path, pathOf } from '../../path.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import { findBinary } from './find-binary.js'
import { requireCode } from './user-offset.js'

/** Options of `attachUretprobe`. */
export interface UretprobeOptions {
  /**
   * The function, such as `malloc` or `malloc@GLIBC_2.2.5`. Without a version, it is the one that programs are linked with. Without a
   * symbol, `offset` counts from the start of the file.
   */
  readonly symbol?: string
  /** Attaches in this process only, with all its threads. Default: every process that runs the file. */
  readonly pid?: number
  /** The value that `bpf_get_attach_cookie` returns in the program. Linux 5.15. */
  readonly cookie?: bigint
}

/** Options of `attachUprobe`. */
export interface UprobeOptions extends UretprobeOptions {
  /** The offset in bytes from the start of the function, or of the file if there is no symbol. Default: 0. */
  readonly offset?: number
  /** The offset in the file of a counter (USDT semaphore) that the kernel increments while the probe is attached. Linux 4.20. */
  readonly refCtrOffset?: number
}

/** The options as the addon reads them. */
type NativeUprobe = UprobeOptions & { readonly path: string; readonly retprobe?: boolean }

const uprobeOptions: OptionNames<UprobeOptions> = {
  symbol: true,
  offset: true,
  refCtrOffset: true,
  pid: true,
  cookie: true,
}

export function attachUprobe(program: Attachable, path: Path, options: UprobeOptions): Link {
  const { symbol, offset } = checked(options)
  const file = findBinary(pathOf(path))
  if (symbol === undefined) requireCode(program.name, file, [offset])
  return attach<NativeUprobe>(program, 'uprobe', { ...options, path: file }, { feature: 'uprobe' })
}

export function attachUretprobe(program: Attachable, path: Path, options: UretprobeOptions): Link {
  const needs = { feature: 'uprobe', name: 'uretprobe' } as const
  const native = { ...checked(options), path: findBinary(pathOf(path)), retprobe: true }
  return attach<NativeUprobe>(program, 'uprobe', native, needs)
}

/** Requires a symbol or an offset: an ELF file starts with its header, so a probe at offset 0 would be a mistake. */
function checked<T extends UprobeOptions>(options: T): T {
  if (requireOptions(options, uprobeOptions).symbol === undefined && options.offset === undefined) {
    throw new TypeError('a uprobe needs a symbol, or an offset in the file')
  }
  return options
}
