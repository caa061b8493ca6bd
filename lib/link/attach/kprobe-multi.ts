import { type OptionNames, requireOptions } from '../../arguments.js'
import { requiring } from '../../kernel/features.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import { requireUnique } from './kernel-function.js'

/** The kernel functions to attach to: by a pattern, by their names, or by their addresses in `/proc/kallsyms`. */
export type KprobeMultiOptions =
  | {
      /** A pattern for the names of traceable functions: `*` matches any characters, `?` exactly one. */
      readonly pattern: string
      /** Fails with EINVAL unless the pattern matches exactly one function. Default: false. */
      readonly uniqueMatch?: boolean
      /** A cookie per function. Not allowed with a pattern, which may match any number of functions, in no known order. */
      readonly cookies?: never
    }
  | {
      /** The names of the functions. */
      readonly symbols: readonly string[]
      readonly uniqueMatch?: never
      /** The value that `bpf_get_attach_cookie` returns for each function, in the order of `symbols`. */
      readonly cookies?: readonly bigint[]
    }
  | {
      /** The addresses of the functions. */
      readonly addresses: readonly bigint[]
      readonly uniqueMatch?: never
      /** The value that `bpf_get_attach_cookie` returns for each function, in the order of `addresses`. */
      readonly cookies?: readonly bigint[]
    }

const multiOptions: OptionNames<KprobeMultiOptions> = {
  pattern: true,
  uniqueMatch: true,
  symbols: true,
  addresses: true,
  cookies: true,
}

type Kind = 'kprobe.multi' | 'kretprobe.multi' | 'kprobe.session'

export function attachKprobeMulti(program: Attachable, options: KprobeMultiOptions): Link {
  return attachMany(program, 'kprobe.multi', options, {})
}

export function attachKretprobeMulti(program: Attachable, options: KprobeMultiOptions): Link {
  return attachMany(program, 'kretprobe.multi', options, { retprobe: true })
}

export function attachKprobeSession(program: Attachable, options: KprobeMultiOptions): Link {
  return attachMany(program, 'kprobe.session', options, { session: true })
}

function attachMany(
  program: Attachable,
  name: Kind,
  given: KprobeMultiOptions,
  when: { readonly retprobe?: boolean; readonly session?: boolean },
): Link {
  const options = { ...requireOptions(given, multiOptions), ...when }
  const byPattern = 'pattern' in options && options.pattern !== undefined
  if (options.uniqueMatch !== undefined && !byPattern) throw new TypeError('uniqueMatch needs a pattern')
  const feature = name === 'kprobe.session' ? 'kprobe_session' : 'kprobe_multi'
  const call = () => {
    const link = attach<typeof options>(program, 'kprobe_multi', options, { feature, name })
    try {
      if ('symbols' in options && options.symbols) requireUnique(program, name, options.symbols)
      return link
    } catch (error) {
      link.close()
      throw error
    }
  }
  // tracefs lists the functions that a pattern may match.
  return byPattern ? requiring('tracefs', call) : call()
}
