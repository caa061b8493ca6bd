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

// A process may hold this module twice, as ESM and as CommonJS; an error of one must be an instance of the other's class.
const names = Symbol.for('ebpf.errorNames')

/** The base of every error that the kernel or libbpf is the source of. */
export class BpfError extends Error {
  override readonly name: string = 'BpfError'
  /** @internal The names of its class and of those above. */
  readonly [names]: readonly string[]
  readonly code: string
  readonly errno: number
  readonly operation: string
  /** libbpf's own messages during the call; empty when it said nothing. */
  readonly log: string

  constructor(fields: ErrorFields) {
    super(
      fields.message ?? `${fields.operation}: ${fields.code}`,
      'cause' in fields ? { cause: fields.cause } : undefined,
    )
    this[names] = ancestry(new.target)
    this.code = fields.code
    this.errno = fields.errno
    this.operation = fields.operation
    this.log = fields.log ?? ''
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    const ancestors = (value as { [names]?: readonly string[] } | null | undefined)?.[names]
    // biome-ignore lint/complexity/noThisInStatic: subclasses inherit this, and ask for their own name.
    return Array.isArray(ancestors) && ancestors.includes(this.name)
  }
}

function ancestry(errorClass: typeof BpfError): string[] {
  return errorClass === BpfError ? [errorClass.name] : [errorClass.name, ...ancestry(Object.getPrototypeOf(errorClass))]
}

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
  }
}

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
