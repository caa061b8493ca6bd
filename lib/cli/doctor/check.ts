import { PermissionError } from '../../errors.js'

/** `missing` is degraded too, and more: what the bundled programs cannot do without. */
export type State = 'ok' | 'degraded' | 'missing' | 'unknown'

/** One line of what `ebpf doctor` says. */
export interface Check {
  readonly area: 'process' | 'kernel' | 'attach' | 'types' | 'programs'
  readonly name: string
  readonly state: State
  /** What was found. */
  readonly found: string
  /** What to do about it, or what is used instead. */
  readonly advice?: string
}

/** A question to the kernel that some processes may not ask. */
export function answered(ask: () => boolean): boolean | undefined {
  try {
    return ask()
  } catch (error) {
    if (error instanceof PermissionError) return undefined
    throw error
  }
}
