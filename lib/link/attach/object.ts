import type { NativeObject, NativeProgramDescription } from '../../internal/binding.js'
import { closeEach } from '../../internal/lifetime.js'
import { kindOf } from '../../maps/kind.js'
import { printable } from '../../printable.js'
import type { Link } from '../link.js'
import { Links } from '../links.js'
import { attachesItself, wayOf } from './sections.js'

/** What attaches the parts of an object, by their names. */
interface Parts {
  program(name: string): { attach(): Link }
  attachStructOps(map: string): Link
}

/** As bpf_object__attach_skeleton, but all or nothing: it leaves to its caller what it attached before a failure. */
export function attachObject(native: NativeObject, opened: readonly NativeProgramDescription[], parts: Parts): Links {
  const links: Link[] = []
  const skipped: string[] = []
  const ways: string[] = []
  try {
    for (const [index, { name, section, type, autoload, autoattach }] of native.programs().entries()) {
      if (!autoload || !autoattach) continue
      // A program that was given another type than its section's: to libbpf the section means nothing then.
      const meant = type === opened[index]?.type
      if (meant && attachesItself(section)) links.push(parts.program(name).attach())
      // The functions of a struct_ops map are attached with it.
      else if (!section.startsWith('struct_ops')) {
        skipped.push(name)
        const way = meant ? wayOf(section, 'section') : undefined
        if (way !== undefined) ways.push(`${name}: ${way}`)
      }
    }
    for (const { name, type, autoattach } of native.maps()) {
      if (kindOf(type) === 'struct_ops' && autoattach) links.push(parts.attachStructOps(name))
    }
  } catch (error) {
    closeEach(links)
    throw error
  }
  // Whoever attaches some programs by their sections and others by name knows of `skipped`; nothing at all is hardly meant.
  if (links.length === 0 && ways.length > 0) {
    process.emitWarning(printable(`attach() attached nothing. ${ways.join('; ')}`), 'BpfWarning')
  }
  return new Links(links, skipped)
}
