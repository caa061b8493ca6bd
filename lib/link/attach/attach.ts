import type { NativeAttachKind, NativeLink, NativeProgram } from '../../internal/binding.js'
import { type FeatureName, requiring } from '../../kernel/features.js'
import { Link } from '../link.js'
import { explainAttach } from './explain.js'

/** What the functions in this folder attach: a program, with its name and its native half. */
export interface Attachable {
  readonly name: string
  readonly native: NativeProgram
  /** The ELF section, which says how the program is meant to be attached. */
  readonly section?: string
}

interface Needs {
  /** The feature that the kernel must have. If it lacks the feature, the failure says so. */
  readonly feature?: FeatureName
  /** The feature that a cookie needs in addition. Default: `bpf_cookie`. */
  readonly cookieFeature?: FeatureName
  /** The kind of the link, if it differs from the addon's. */
  readonly name?: string
}

/** Attaches by one of the addon's kinds. `O` is the type of the options that the kind's file has declared: `Native<XdpOptions>`. */
export function attach<O extends object>(
  program: Attachable,
  kind: NativeAttachKind,
  options: NoInfer<O>,
  { name = kind, ...needs }: Needs = {},
): Link {
  return new Link(attachNative<O>(program, kind, options, needs), name, program.name)
}

/** Like `attach`, for a link of another class. */
export function attachNative<O extends object>(
  program: Attachable,
  kind: NativeAttachKind,
  options: NoInfer<O>,
  { feature, cookieFeature = 'bpf_cookie' }: Needs = {},
): NativeLink {
  const call = () => program.native.attach(kind, options)
  const whole = feature ? () => requiring(feature, call) : call
  try {
    return 'cookie' in options && options.cookie !== undefined ? requiring(cookieFeature, whole) : whole()
  } catch (error) {
    throw explainAttach(error, program, kind, options)
  }
}
