import { type OptionNames, requireOptions } from '../../arguments.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'

/** Options of `attachTracepoint` and `attachRawTracepoint`. */
export interface TracepointOptions {
  /** The value that `bpf_get_attach_cookie` returns in the program. Linux 5.15; for a raw tracepoint 6.10. */
  readonly cookie?: bigint
}

const tracepointOptions: OptionNames<TracepointOptions> = { cookie: true }

export function attachTracepoint(
  program: Attachable,
  category: string,
  name: string,
  options: TracepointOptions,
): Link {
  requireOptions(options, tracepointOptions)
  return attach<TracepointOptions & { category: string; name: string }>(
    program,
    'tracepoint',
    { ...options, category, name },
    { feature: 'tracefs' },
  )
}

export function attachRawTracepoint(program: Attachable, name: string, options: TracepointOptions): Link {
  requireOptions(options, tracepointOptions)
  return attach<TracepointOptions & { name: string }>(
    program,
    'raw_tracepoint',
    { ...options, name },
    { cookieFeature: 'raw_tracepoint_cookie' },
  )
}
