import { NotSupportedError } from '../errors.js'

/** Throws if this is not Linux. The package can be imported anywhere, for programs that use it only if it works. */
export function requireLinux(operation: string): void {
  if (process.platform === 'linux') return
  const message = `ebpf needs Linux, because BPF is part of its kernel; this is ${process.platform}`
  throw new NotSupportedError({ code: 'ENOTSUP', errno: 95, operation, message, feature: 'bpf' })
}
