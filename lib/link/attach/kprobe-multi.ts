import { type OptionNames, requireOptions } from '../../arguments.js'
import type { NativeAttachOptions } from '../../internal/attach-options.js'
import { requiring } from '../../kernel/features.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import { requireUnique } from './kernel-function.js'

/** Which kernel functions: by a pattern, by their names, or by their addresses in `/proc/kallsyms`. */
export type KprobeMultiOptions =
  | {
      /** With `*` for any characters and `?` for one, of the functions that can be traced. */
      readonly pattern: string
      /** Fails with EINVAL unless exactly one function matches. Default: false. */
      readonly uniqueMatch?: boolean
      /** A pattern may match any number of functions, in no known order. */
      readonly cookies?: never
    }
  | {
      readonly symbols: readonly string[]
      readonly uniqueMatch?: never
      /** What `bpf_get_attach_cookie` returns, for each function. */
      readonly cookies?: readonly bigint[]
    }
  | {
      readonly addresses: readonly bigint[]
      readonly uniqueMatch?: never
      /** What `bpf_get_attach_cookie` returns, for each function. */
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
  when: Pick<NativeAttachOptions['kprobe_multi'], 'retprobe' | 'session'>,
): Link {
  const options: NativeAttachOptions['kprobe_multi'] = { ...requireOptions(given, multiOptions), ...when }
  if (options.uniqueMatch !== undefined && options.pattern === undefined) {
    throw new TypeError('uniqueMatch is about a pattern, which is not given')
  }
  const feature = name === 'kprobe.session' ? 'kprobe_session' : 'kprobe_multi'
  const call = () => {
    const link = attach(program, 'kprobe_multi', options, { feature, name })
    try {
      if (options.symbols) requireUnique(program, name, options.symbols)
      return link
    } catch (error) {
      link.close()
      throw error
    }
  }
  // The functions that a pattern may match are listed there.
  return options.pattern === undefined ? call() : requiring('tracefs', call)
}
