import { readFileSync } from 'node:fs'
import { requireText, show } from '../arguments.js'
import { Btf } from '../btf/index.js'
import { type BtfInfo, binding } from '../internal/binding.js'
import { infos } from '../internal/infos.js'
import { requireLinux } from '../internal/require-linux.js'
import { systemError } from '../internal/system-error.js'
import { requiring } from './features.js'

export type { BtfInfo } from '../internal/binding.js'

/** Lists every BTF on the machine, in order of id. Needs CAP_SYS_ADMIN. */
export function listBtfs(): IterableIterator<BtfInfo> {
  return infos('btf')
}

/**
 * Reads a BTF that the kernel holds. A module's BTF includes the kernel's own types.
 *
 * @throws {BpfError} ENOENT if there is no BTF with that id.
 */
export function btfById(id: number): Btf {
  const { kernel, name } = binding.infoById('btf', id)
  const bytes = binding.btfById(id)
  return kernel && name !== 'vmlinux' ? Btf.parse(bytes, { base: kernelBtf() }) : Btf.parse(bytes)
}

let vmlinux: Btf | undefined

/** Reads the kernel's own types, or those of one of its modules, from `/sys/kernel/btf`. The kernel's are parsed only once. */
export function kernelBtf(module?: string): Btf {
  requireLinux('read the types of the kernel')
  vmlinux ??= Btf.parse(requiring('btf', () => readBtf('vmlinux')))
  if (module === undefined || module === 'vmlinux') return vmlinux
  if (!/^\w+$/.test(requireText(module, 'module')))
    throw new RangeError(`module must consist of letters, digits and '_', not ${show(module)}`)
  return Btf.parse(readBtf(module), { base: vmlinux })
}

function readBtf(name: string): Uint8Array {
  try {
    return readFileSync(`/sys/kernel/btf/${name}`)
  } catch (cause) {
    throw systemError(cause, `read the BTF of ${name}`)
  }
}
