import { NotSupportedError } from '../errors.js'

/** Throws where there is no Linux: the package can be imported anywhere, for a program that uses it only where it works. */
export function requireLinux(operation: string): void {
  if (process.platform === 'linux') return
  const message = `ebpf needs Linux: BPF is a part of its kernel, and this is ${process.platform}`
  throw new NotSupportedError({ code: 'ENOTSUP', errno: 95, operation, message }, 'bpf', undefined, undefined)
}
