import { type FeatureName, requiring } from '../features.js'
import type { NativeAttachOptions } from '../internal/attach-options.js'
import type { NativeProgram } from '../internal/binding.js'
import { Link } from '../link.js'

/** What the functions of this folder attach: a program's name and its native half. */
export interface Attachable {
  readonly name: string
  readonly native: NativeProgram
}

export type AttachKind = keyof NativeAttachOptions

/**
 * Attaches by a kind of the addon. `feature` is what the kernel must have: if it lacks it, that is what the failure says.
 *
 * @param name The link's kind where it is not the addon's.
 */
export function attach<K extends AttachKind>(
  program: Attachable,
  kind: K,
  options: NativeAttachOptions[K],
  { feature, name = kind }: { readonly feature?: FeatureName; readonly name?: string } = {},
): Link {
  const call = () => program.native.attach(kind, options)
  return new Link(feature ? requiring(feature, call) : call(), name, program.name)
}
