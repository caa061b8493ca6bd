import { NotSupportedError } from '../errors.js'

/** Throws if this is not Linux. The package can be imported anywhere, for programs that use it only if it works. */
export function requireLinux(operation: string): void {
  if (process.platform === 'linux') return
  const message = `ebpf needs Linux: BPF is a part of its kernel, and this is ${process.platform}`
  throw new NotSupportedError({ code: 'ENOTSUP', errno: 95, operation, message }, 'bpf', undefined, undefined)
}
