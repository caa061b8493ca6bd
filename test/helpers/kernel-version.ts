import { readFileSync } from 'node:fs'

export { isOlderThan } from '../../lib/internal/kernel-version.js'

/** Whether the running kernel, or one of its modules, has a function of that name. */
export function hasKernelSymbol(name: string): boolean {
  return new RegExp(` [tTwW] ${name}\\b`).test(readFileSync('/proc/kallsyms', 'latin1'))
}
