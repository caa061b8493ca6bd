import { PermissionError } from '../../errors.js'

/** `missing` is worse than `degraded`: the bundled programs cannot run without it. */
export type State = 'ok' | 'degraded' | 'missing' | 'unknown'

/** One line of the output of `ebpf doctor`. */
export interface Check {
  readonly area: 'process' | 'kernel' | 'attach' | 'types' | 'programs'
  readonly name: string
  readonly state: State
  /** What was found. */
  readonly found: string
  /** What to do about it, or what is used instead. */
  readonly advice?: string
}

/** The kernel's answer, or why there is none: this process may not ask, or asking failed. */
export function answered(ask: () => boolean): boolean | string {
  try {
    return ask()
  } catch (error) {
    // The line about capabilities names them once for all lines.
    const lacks = error instanceof PermissionError && error.missing.length > 0
    return lacks ? 'finding out takes the capabilities' : reasonOf(error)
  }
}

/** Describes whatever was thrown: doctor is for machines where things fail. */
export function reasonOf(error: unknown): string {
  if (error instanceof PermissionError && error.reason !== '') return error.reason
  return error instanceof Error ? error.message : String(error)
}
