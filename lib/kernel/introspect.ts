import { readFileSync } from 'node:fs'
import { requireText, show } from '../arguments.js'
import { Btf } from '../btf/index.js'
import { BpfError } from '../errors.js'
import { type NativeBtfInfo as BtfInfo, binding, type NativeInfos } from '../internal/binding.js'
import { requireLinux } from '../internal/require-linux.js'
import { systemError } from '../internal/system-error.js'
import type { LinkInfo } from '../link/info.js'
import { type KernelMapInfo, mapInfo } from '../maps/info.js'
import { type ProgramInfo, programInfo } from '../program/info.js'
import { requiring } from './features.js'

export type { NativeBtfInfo as BtfInfo } from '../internal/binding.js'

/** Every program of the machine, by ascending id. What ends meanwhile is left out. CAP_SYS_ADMIN. */
export function* programs(): IterableIterator<ProgramInfo> {
  for (const info of all('program')) yield programInfo(info)
}

/** Every map of the machine, by ascending id. CAP_SYS_ADMIN. */
export function* maps(): IterableIterator<KernelMapInfo> {
  for (const info of all('map')) yield mapInfo(info)
}

/** Every link of the machine, by ascending id. CAP_SYS_ADMIN; Linux 5.8. */
export function links(): IterableIterator<LinkInfo> {
  return all('link')
}

/** Every BTF of the machine, by ascending id. CAP_SYS_ADMIN. */
export function btfs(): IterableIterator<BtfInfo> {
  return all('btf')
}

/** @throws {BpfError} ENOENT when there is no program with that id. */
export function programById(id: number): ProgramInfo {
  return programInfo(binding.infoById('program', id))
}

/** @throws {BpfError} ENOENT when there is no map with that id. */
export function mapById(id: number): KernelMapInfo {
  return mapInfo(binding.infoById('map', id))
}

/** @throws {BpfError} ENOENT when there is no link with that id. */
export function linkById(id: number): LinkInfo {
  return binding.infoById('link', id)
}

/**
 * The types of a BTF that the kernel holds, a module's on top of the kernel's own.
 *
 * @throws {BpfError} ENOENT when there is no BTF with that id.
 */
export function btfById(id: number): Btf {
  const { kernel, name } = binding.infoById('btf', id)
  const bytes = binding.btfById(id)
  return kernel && name !== 'vmlinux' ? Btf.parse(bytes, { base: kernelBtf() }) : Btf.parse(bytes)
}

let vmlinux: Btf | undefined

/** The kernel's own types, or those of one of its modules, from `/sys/kernel/btf`. They are parsed once. */
export function kernelBtf(module?: string): Btf {
  requireLinux('read the types of the kernel')
  vmlinux ??= Btf.parse(requiring('btf', () => readBtf('vmlinux')))
  if (module === undefined || module === 'vmlinux') return vmlinux
  if (!/^\w+$/.test(requireText(module, 'module')))
    throw new RangeError(`${show(module)} is not a module's name: letters, digits and '_'`)
  return Btf.parse(readBtf(module), { base: vmlinux })
}

function readBtf(name: string): Uint8Array {
  try {
    return readFileSync(`/sys/kernel/btf/${name}`)
  } catch (cause) {
    throw systemError(cause, `read the BTF of ${name}`)
  }
}

function* all<K extends keyof NativeInfos>(kind: K): IterableIterator<NativeInfos[K]> {
  for (let id = binding.nextId(kind, 0); id !== undefined; id = binding.nextId(kind, id)) {
    const info = unlessGone(() => binding.infoById(kind, id as number))
    if (info) yield info
  }
}

function unlessGone<T>(describe: () => T): T | undefined {
  try {
    return describe()
  } catch (error) {
    // EAGAIN: a link that another process is still attaching (bpf_link_by_id of kernel/bpf/syscall.c).
    if (error instanceof BpfError && (error.code === 'ENOENT' || error.code === 'EAGAIN')) return undefined
    throw error
  }
}
