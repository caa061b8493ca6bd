import type { NativeObject, NativeProgramDescription } from '../internal/binding.js'
import type { Link } from '../link.js'
import { closeAll, Links } from '../links.js'
import { attachesItself } from './section.js'

// include/uapi/linux/bpf.h, BPF_MAP_TYPE_STRUCT_OPS
const structOpsType = 26

/** What attaches the parts of an object, by their names. */
interface Parts {
  program(name: string): { attach(): Link }
  attachStructOps(map: string): Link
}

/** As bpf_object__attach_skeleton, but all or nothing: it leaves to its caller what it attached before a failure. */
export function attachObject(native: NativeObject, opened: readonly NativeProgramDescription[], parts: Parts): Links {
  const links: Link[] = []
  const skipped: string[] = []
  try {
    for (const [index, { name, section, type, autoload, autoattach }] of native.programs().entries()) {
      if (!autoload || !autoattach) continue
      // A program that was given another type than its section's: to libbpf the section means nothing then.
      const meant = type === opened[index]?.type
      if (meant && attachesItself(section)) links.push(parts.program(name).attach())
      // The functions of a struct_ops map are attached with it.
      else if (!section.startsWith('struct_ops')) skipped.push(name)
    }
    for (const { name, type, autoattach } of native.maps()) {
      if (type === structOpsType && autoattach) links.push(parts.attachStructOps(name))
    }
  } catch (error) {
    closeAll(links)
    throw error
  }
  return new Links(links, skipped)
}
