import type { NativeAttachOptions } from '../../internal/attach-options.js'
import type { NativeLink, NativeProgram } from '../../internal/binding.js'
import { type FeatureName, requiring } from '../../kernel/features.js'
import { Link } from '../link.js'
import { explainAttach } from './explain.js'

/** What the functions of this folder attach: a program's name and its native half. */
export interface Attachable {
  readonly name: string
  readonly native: NativeProgram
  /** The ELF section: it says how the program is meant to be attached. */
  readonly section?: string
}

export type AttachKind = keyof NativeAttachOptions

interface Needs {
  /** What the kernel must have: if it lacks it, that is what the failure says. */
  readonly feature?: FeatureName
  /** What a cookie needs besides. Default: `bpf_cookie`. */
  readonly cookieFeature?: FeatureName
  /** The link's kind where it is not the addon's. */
  readonly name?: string
}

/** Attaches by a kind of the addon. */
export function attach<K extends AttachKind>(
  program: Attachable,
  kind: K,
  options: NativeAttachOptions[K],
  { name = kind, ...needs }: Needs = {},
): Link {
  return new Link(attachNative(program, kind, options, needs), name, program.name)
}

/** As `attach`, for a link of another class. */
export function attachNative<K extends AttachKind>(
  program: Attachable,
  kind: K,
  options: NativeAttachOptions[K],
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
