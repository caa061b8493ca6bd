import { printable } from './printable.js'
import { shareClass } from './shared-class.js'
/** What is known about a failure, as the addon and the handles report it. */
export interface ErrorFields {
  /** The name of the errno, such as `ENOENT`, or a Node-style code. */
  readonly code: string
  /** The errno, positive; 0 if the failure does not come from the kernel. */
  readonly errno: number
  /** What was attempted, such as `load` or `attach flow_ingress to tcx`. */
  readonly operation: string
  /** The message. Default: `operation: code`. */
  readonly message?: string
  /** libbpf's messages during the call, including the verifier's log. */
  readonly log?: string
  /** The error that caused this one. */
  readonly cause?: unknown
}

/** The base class of every error that comes from the kernel or libbpf. */
export class BpfError extends Error {
  /** The name of the class. */
  override readonly name: string = 'BpfError'
  /** The name of the errno, such as `ENOENT`, or a Node-style code. */
  readonly code: string
  /** The errno, positive; 0 if the failure does not come from the kernel. */
  readonly errno: number
  /** What was attempted, such as `load` or `attach flow_ingress to tcx`. */
  readonly operation: string
  /** libbpf's own messages during the call; empty if there were none. */
  declare readonly log: string

  constructor(fields: ErrorFields) {
    super(
      // It may contain names from elsewhere: an object file or another process.
      printable(fields.message ?? `${fields.operation}: ${fields.code}`),
      'cause' in fields ? { cause: fields.cause } : undefined,
    )
    this.code = fields.code
    this.errno = fields.errno
    this.operation = fields.operation
    // Node prints an uncaught error together with its cause: a log that both share should be printed only once.
    const { log = '', cause } = fields
    const inCause = log !== '' && (cause as { log?: unknown } | undefined)?.log === log
    Object.defineProperty(this, 'log', { value: log, enumerable: !inCause, configurable: true })
  }
}
shareClass(BpfError, 'BpfError')

/** The verifier rejected a program. `log` is the whole text from libbpf; `verifierLog` is the verifier's part of it. */
export class VerifierError extends BpfError {
  /** The name of the class. */
  override readonly name = 'VerifierError'

  constructor(
    fields: ErrorFields,
    /** The name of the rejected program. */
    readonly program: string,
    /** The complete verifier log of that program. */
    readonly verifierLog: string,
    /** The last lines of that log, in which the verifier says why. */
    readonly reason: string,
    hint = '',
  ) {
    super({ ...fields, message: `the verifier refused program ${program}: ${reason}${hint}` })
    // It contains `verifierLog`, which is printed already.
    Object.defineProperty(this, 'log', { enumerable: false })
  }
}
shareClass(VerifierError, 'VerifierError')

/** What is known about a missing feature. */
export interface NotSupportedFields extends ErrorFields {
  /** The name of the feature, such as `tcx`. */
  readonly feature: string
  /** The first kernel version that has it, such as `6.6`. Default: it does not depend on the version. */
  readonly minimumKernel?: string
  /** What to use instead. Default: there is no alternative. */
  readonly instead?: string
}

/** The kernel lacks a feature. */
export class NotSupportedError extends BpfError {
  /** The name of the class. */
  override readonly name = 'NotSupportedError'

  /** The name of the feature, such as `tcx`. */
  readonly feature: string
  /** The first kernel version that has it, such as `6.6`; undefined if it does not depend on the version. */
  readonly minimumKernel: string | undefined
  /** What to use instead; undefined if there is no alternative. */
  readonly instead: string | undefined

  constructor(fields: NotSupportedFields) {
    super(fields)
    this.feature = fields.feature
    this.minimumKernel = fields.minimumKernel
    this.instead = fields.instead
  }
}
shareClass(NotSupportedError, 'NotSupportedError')

/** The process lacks the permission for an operation. */
export class PermissionError extends BpfError {
  /** The name of the class. */
  override readonly name = 'PermissionError'

  constructor(
    fields: ErrorFields,
    /** The capabilities that would permit it and that the process lacks, such as `CAP_BPF`; empty if something else forbids it. */
    readonly missing: readonly string[],
    /** The reason in words: `the process lacks CAP_BPF`, or a setting, a limit, a seccomp filter, a file's permissions. */
    readonly reason = '',
  ) {
    super(fields)
  }
}
shareClass(PermissionError, 'PermissionError')
