/** Whether the addon is built with AddressSanitizer, whose runtime is preloaded and has its own allocator. */
export const sanitized = /asan/.test(process.env.LD_PRELOAD ?? '')

/** The `LD_PRELOAD` for a library of the test's own. AddressSanitizer insists on coming first. */
export const preload = (library: string): string =>
  [process.env.LD_PRELOAD, library].filter((path) => path !== undefined && path !== '').join(':')

/** The environment for a compiler, which AddressSanitizer would only slow down; mold does not survive it. */
export function toolEnv(): NodeJS.ProcessEnv {
  const { LD_PRELOAD: _, ...env } = process.env
  return env
}
