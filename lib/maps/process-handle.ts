import { closeSync } from 'node:fs'
import { BpfError } from '../errors.js'
import { binding } from '../internal/binding.js'
import { Handle } from '../internal/lifetime.js'
import { shareClass } from '../shared-class.js'

/** A pidfd: it refers to the same process even after the process id is reused. Used as a key of task storage. */
export class ProcessHandle extends Handle {
  /** The id of the process. */
  readonly pid: number
  readonly #fd: number

  /** @internal */
  constructor(pid: number) {
    const fd = binding.openPidfd(pid)
    super({ close: () => closeSync(fd) }, `the handle of process ${pid}`)
    this.pid = pid
    this.#fd = fd
  }

  /** The pidfd; the handle still owns it. */
  get fd(): number {
    if (!this.closed) return this.#fd
    const message = `the handle of process ${this.pid} is closed`
    throw new BpfError({ code: 'EBADF', errno: 9, operation: `use process ${this.pid}`, message })
  }
}
shareClass(ProcessHandle, 'ProcessHandle')

/** Opens a process by its id. @throws {BpfError} ESRCH if there is no such process. */
export function openProcess(pid: number): ProcessHandle {
  return new ProcessHandle(pid)
}
