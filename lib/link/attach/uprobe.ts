import { type OptionNames, requireOptions } from '../../arguments.js'
import { type Path, pathOf } from '../../path.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import { findBinary } from './find-binary.js'
import { requireCode } from './user-offset.js'

export interface UretprobeOptions {
  /**
   * The function, `malloc` or `malloc@GLIBC_2.2.5`; without a version, the one that programs are linked with. Without a symbol `offset`
   * counts from the start of the file.
   */
  readonly symbol?: string
  /** Only in this process, all its threads. Default: in every process that runs the file. */
  readonly pid?: number
  /** What `bpf_get_attach_cookie` returns. Linux 5.15. */
  readonly cookie?: bigint
}

export interface UprobeOptions extends UretprobeOptions {
  /** Bytes from the function's start, or from the file's. Default: 0. */
  readonly offset?: number
  /** Where in the file the counter lies that the kernel raises while the probe is there, a USDT semaphore. Linux 4.20. */
  readonly refCtrOffset?: number
}

const uprobeOptions: OptionNames<UprobeOptions> = {
  symbol: true,
  offset: true,
  refCtrOffset: true,
  pid: true,
  cookie: true,
}

export function attachUprobe(program: Attachable, path: Path, options: UprobeOptions): Link {
  const { symbol, offset, ...rest } = checked(options)
  const file = findBinary(pathOf(path))
  if (symbol === undefined) requireCode(program.name, file, [offset])
  const place = { ...(symbol !== undefined && { symbol }), ...(offset !== undefined && { offset }) }
  return attach(program, 'uprobe', { ...rest, ...place, path: file }, { feature: 'uprobe' })
}

export function attachUretprobe(program: Attachable, path: Path, options: UretprobeOptions): Link {
  const needs = { feature: 'uprobe', name: 'uretprobe' } as const
  return attach(program, 'uprobe', { ...checked(options), path: findBinary(pathOf(path)), retprobe: true }, needs)
}

/** The start of an ELF file is its header: a probe there would be a mistake. */
function checked<T extends UprobeOptions>(options: T): T {
  if (requireOptions(options, uprobeOptions).symbol === undefined && options.offset === undefined) {
    throw new TypeError('a uprobe needs a symbol, or an offset in the file')
  }
  return options
}
