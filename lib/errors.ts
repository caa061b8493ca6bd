import { printable } from './printable.js'
import { shareClass } from './shared-class.js'
/** What is known of a failure, as the addon and the handles report it. */
export interface ErrorFields {
  /** The errno's name, `ENOENT`, or a Node-style code. */
  readonly code: string
  /** Positive; 0 when the failure is not the kernel's. */
  readonly errno: number
  /** What was tried, `load`, `attach flow_ingress to tcx`. */
  readonly operation: string
  /** Replaces the default message, `operation: code`. */
  readonly message?: string
  /** What libbpf said during the call, the verifier's log included. */
  readonly log?: string
  readonly cause?: unknown
}

/** The base of every error that the kernel or libbpf is the source of. */
export class BpfError extends Error {
  override readonly name: string = 'BpfError'
  readonly code: string
  readonly errno: number
  readonly operation: string
  /** libbpf's own messages during the call; empty when it said nothing. */
  declare readonly log: string

  constructor(fields: ErrorFields) {
    super(
      // Names in it may be from elsewhere, an object file or another process.
      printable(fields.message ?? `${fields.operation}: ${fields.code}`),
      'cause' in fields ? { cause: fields.cause } : undefined,
    )
    this.code = fields.code
    this.errno = fields.errno
    this.operation = fields.operation
    // What is uncaught is printed with its cause: a log that both have is enough once.
    const { log = '', cause } = fields
    const inCause = log !== '' && (cause as { log?: unknown } | undefined)?.log === log
    Object.defineProperty(this, 'log', { value: log, enumerable: !inCause, configurable: true })
  }
}
shareClass(BpfError, 'BpfError')

/** The verifier refused a program. `log` is libbpf's whole text; `verifierLog` the verifier's part of it. */
export class VerifierError extends BpfError {
  override readonly name = 'VerifierError'

  constructor(
    fields: ErrorFields,
    /** The program that was refused. */
    readonly program: string,
    /** The verifier's log of that program, whole. */
    readonly verifierLog: string,
    /** The last lines of it, where the verifier says why. */
    readonly reason: string,
    hint = '',
  ) {
    super({ ...fields, message: `the verifier refused program ${program}: ${reason}${hint}` })
    // It holds `verifierLog`, which is printed already.
    Object.defineProperty(this, 'log', { enumerable: false })
  }
}
shareClass(VerifierError, 'VerifierError')

/** The kernel lacks a feature. */
export class NotSupportedError extends BpfError {
  override readonly name = 'NotSupportedError'

  constructor(
    fields: ErrorFields,
    /** The feature's name, `tcx`. */
    readonly feature: string,
    /** The first kernel that has it, `6.6`; undefined where only its configuration decides. */
    readonly minimumKernel: string | undefined,
    /** What to use without it. */
    readonly instead: string | undefined,
  ) {
    super(fields)
  }
}
shareClass(NotSupportedError, 'NotSupportedError')

/** The process may not do this. */
export class PermissionError extends BpfError {
  override readonly name = 'PermissionError'

  constructor(
    fields: ErrorFields,
    /** Capabilities that would permit it and that the process lacks, `CAP_BPF`; empty when something else forbids it. */
    readonly missing: readonly string[],
    /** Why, in words: `the process lacks CAP_BPF`; a setting, a limit, a seccomp filter, a file's permissions. */
    readonly reason = '',
  ) {
    super(fields)
  }
}
shareClass(PermissionError, 'PermissionError')
