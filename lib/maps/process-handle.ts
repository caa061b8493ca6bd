import { closeSync } from 'node:fs'
import { BpfError } from '../errors.js'
import { binding } from '../internal/binding.js'
import { Handle } from '../internal/lifetime.js'
import { shareClass } from '../shared-class.js'

/** A pidfd: it means the same process even after its number is another's. The key of an entry of task storage. */
export class ProcessHandle extends Handle {
  readonly pid: number
  readonly #fd: number

  /** @internal */
  constructor(pid: number) {
    const fd = binding.openPidfd(pid)
    super({ close: () => closeSync(fd) }, `the handle of process ${pid}`)
    this.pid = pid
    this.#fd = fd
  }

  get fd(): number {
    if (!this.closed) return this.#fd
    const message = `the handle of process ${this.pid} is closed`
    throw new BpfError({ code: 'EBADF', errno: 9, operation: `use process ${this.pid}`, message })
  }
}
shareClass(ProcessHandle, 'ProcessHandle')

/** Opens a process by its id. @throws {BpfError} ESRCH when there is none. */
export function openProcess(pid: number): ProcessHandle {
  return new ProcessHandle(pid)
}
