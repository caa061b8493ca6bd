import type { NativeObject, NativeProgramDescription } from '../../internal/binding.js'
import { closeEach } from '../../internal/lifetime.js'
import { mapTypes } from '../../maps/types.js'
import { printable } from '../../printable.js'
import type { Link } from '../link.js'
import { Links } from '../links.js'
import { attachesItself, wayOf } from './sections.js'

/** Attaches the parts of an object by their names. */
interface Parts {
  program(name: string): { attach(): Link }
  attachStructOps(map: string): Link
}

/** Like bpf_object__attach_skeleton, but all or nothing: libbpf leaves what it attached before a failure to its caller. */
export function attachObject(native: NativeObject, opened: readonly NativeProgramDescription[], parts: Parts): Links {
  const links: Link[] = []
  const skipped: string[] = []
  const ways: string[] = []
  try {
    for (const [index, { name, section, type, autoload, autoattach }] of native.programs().entries()) {
      if (!autoload || !autoattach) continue
      // If a program was given another type than its section's, libbpf ignores the section.
      const meant = type === opened[index]?.type
      if (meant && attachesItself(section)) links.push(parts.program(name).attach())
      // The functions of a struct_ops map are attached together with the map.
      else if (!section.startsWith('struct_ops')) {
        skipped.push(name)
        const way = meant ? wayOf(section, 'section') : undefined
        if (way !== undefined) ways.push(`${name}: ${way}`)
      }
    }
    for (const { name, type, autoattach } of native.maps()) {
      if (type === mapTypes.struct_ops.id && autoattach) links.push(parts.attachStructOps(name))
    }
  } catch (error) {
    closeEach(links)
    throw error
  }
  // Callers that attach some programs by section and others by name know about `skipped`. Attaching nothing is probably a mistake.
  if (links.length === 0 && ways.length > 0) {
    process.emitWarning(printable(`attach() attached nothing. ${ways.join('; ')}`), 'BpfWarning')
  }
  return new Links(links, skipped)
}
