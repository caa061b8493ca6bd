import { type OptionNames, requireOptions } from '../../arguments.js'
import { type Path, pathOf } from '../../path.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import { findBinary } from './find-binary.js'
import { requireCode } from './user-offset.js'

interface Process {
  /** Attaches in this process only. Default: every process that runs the file. */
  readonly pid?: number
}

interface Functions extends Process {
  /** The value that `bpf_get_attach_cookie` returns for each function, in the order of the functions. */
  readonly cookies?: readonly bigint[]
  /** The offset of each function's USDT semaphore in the file, in bytes; 0 for none. */
  readonly refCtrOffsets?: readonly number[]
}

/** The functions to attach to: by a pattern, by their names, or by their offsets in bytes from the start of the file. */
export type UprobeMultiOptions =
  | (Process & {
      /** A pattern for the names of functions: `*` matches any characters, `?` exactly one. */
      readonly pattern: string
      /** A cookie per function. Not allowed with a pattern, which may match any number of functions, in no known order. */
      readonly cookies?: never
    })
  | (Functions & {
      /** The names of the functions. */
      readonly symbols: readonly string[]
    })
  | (Functions & {
      /** The offset of each probe, in bytes from the start of the file. */
      readonly offsets: readonly number[]
    })

const multiOptions: OptionNames<UprobeMultiOptions> = {
  pattern: true,
  symbols: true,
  offsets: true,
  cookies: true,
  refCtrOffsets: true,
  pid: true,
}

/** The options as the addon reads them. */
type NativeUprobeMulti = UprobeMultiOptions & {
  readonly path: string
  readonly retprobe?: boolean
  readonly session?: boolean
}

export function attachUprobeMulti(program: Attachable, path: Path, options: UprobeMultiOptions): Link {
  const needs = { feature: 'uprobe_multi', name: 'uprobe.multi' } as const
  return attach<NativeUprobeMulti>(program, 'uprobe_multi', nativeOptions(program, path, options), needs)
}

export function attachUretprobeMulti(program: Attachable, path: Path, options: UprobeMultiOptions): Link {
  const needs = { feature: 'uprobe_multi', name: 'uretprobe.multi' } as const
  return attach<NativeUprobeMulti>(
    program,
    'uprobe_multi',
    { ...nativeOptions(program, path, options), retprobe: true },
    needs,
  )
}

export function attachUprobeSession(program: Attachable, path: Path, options: UprobeMultiOptions): Link {
  const needs = { feature: 'uprobe_session', name: 'uprobe.session' } as const
  return attach<NativeUprobeMulti>(
    program,
    'uprobe_multi',
    { ...nativeOptions(program, path, options), session: true },
    needs,
  )
}

function nativeOptions(program: Attachable, path: Path, options: UprobeMultiOptions): NativeUprobeMulti {
  const file = findBinary(pathOf(path))
  const given = requireOptions(options, multiOptions)
  if ('offsets' in given && Array.isArray(given.offsets)) requireCode(program.name, file, given.offsets)
  return { ...given, path: file }
}
