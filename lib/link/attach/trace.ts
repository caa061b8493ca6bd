import { type OptionNames, requireFd, requireOptions } from '../../arguments.js'
import type { FeatureName } from '../../kernel/features.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import type { Native } from './native.js'

/** Options of `attachTrace`. */
export interface TraceOptions {
  /** The value that `bpf_get_attach_cookie` returns in the program. Linux 5.19; for a BTF tracepoint 6.10. */
  readonly cookie?: bigint
}

/** Options of `attachFreplace`. */
export interface FreplaceOptions {
  /** The loaded program that contains the function to replace. */
  readonly target: {
    /** The descriptor of the program. */
    readonly fd: number
  }
  /** The name of the function to replace. It must be global, not `static`, and have the same arguments as the replacement. */
  readonly function: string
}

const traceOptions: OptionNames<TraceOptions> = { cookie: true }
const freplaceOptions: OptionNames<FreplaceOptions> = { target: true, function: true }

export function attachTrace(program: Attachable & { readonly section: string }, options: TraceOptions): Link {
  const kind = program.section.split('/', 1)[0] ?? ''
  const [feature, cookieFeature] = featuresOf(kind)
  return attach<TraceOptions>(program, 'trace', requireOptions(options, traceOptions), {
    feature,
    cookieFeature,
    name: kind,
  })
}

function featuresOf(kind: string): readonly [FeatureName, FeatureName] {
  if (kind === 'tp_btf') return ['tp_btf', 'raw_tracepoint_cookie']
  return [isSession(kind) ? 'trace_session' : 'trace', 'trace_cookie']
}

/** Whether the kind is `fsession`, or its sleepable form `fsession.s`. */
export const isSession = (kind: string): boolean => /^\??fsession(\.s)?$/.test(kind)

export function attachLsm(program: Attachable): Link {
  return attach(program, 'lsm', {}, { feature: 'lsm' })
}

export function attachFreplace(program: Attachable, options: FreplaceOptions | undefined): Link {
  const target =
    options === undefined
      ? {}
      : { target: requireFd(requireOptions(options, freplaceOptions).target, 'target'), function: options.function }
  return attach<Partial<Native<FreplaceOptions>>>(program, 'freplace', target, { feature: 'freplace' })
}
