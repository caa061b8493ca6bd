import { BpfError } from '../errors.js'
import { binding, type NativeInfos } from './binding.js'

/** What the kernel reports about every program, map, link or BTF, in order of id. Those that disappear meanwhile are skipped. */
export function* infos<K extends keyof NativeInfos>(kind: K): IterableIterator<NativeInfos[K]> {
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
