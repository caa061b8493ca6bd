import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'

/** Which kernel functions: by a pattern, by their names, or by their addresses in `/proc/kallsyms`. */
export type KprobeMultiOptions =
  | {
      /** With `*` for any characters and `?` for one, of the functions that can be traced. */
      readonly pattern: string
      /** A pattern may match any number of functions, in no known order. */
      readonly cookies?: never
    }
  | {
      readonly symbols: readonly string[]
      /** What `bpf_get_attach_cookie` returns, for each function. */
      readonly cookies?: readonly bigint[]
    }
  | {
      readonly addresses: readonly bigint[]
      /** What `bpf_get_attach_cookie` returns, for each function. */
      readonly cookies?: readonly bigint[]
    }

export function attachKprobeMulti(program: Attachable, options: KprobeMultiOptions): Link {
  return attach(program, 'kprobe_multi', options, { feature: 'kprobe_multi', name: 'kprobe.multi' })
}

export function attachKretprobeMulti(program: Attachable, options: KprobeMultiOptions): Link {
  const needs = { feature: 'kprobe_multi', name: 'kretprobe.multi' } as const
  return attach(program, 'kprobe_multi', { ...options, retprobe: true }, needs)
}

export function attachKprobeSession(program: Attachable, options: KprobeMultiOptions): Link {
  const needs = { feature: 'kprobe_session', name: 'kprobe.session' } as const
  return attach(program, 'kprobe_multi', { ...options, session: true }, needs)
}
