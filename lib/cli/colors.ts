import pc from 'picocolors'

/** Whether to colour output to `stream`: decided by FORCE_COLOR, then NO_COLOR, then by whether it is a terminal with colours. */
export function wantsColors(
  env: Readonly<Record<string, string | undefined>>,
  stream: { hasColors?(): boolean } = {},
): boolean {
  if (env.FORCE_COLOR !== undefined) return !['0', 'false'].includes(env.FORCE_COLOR)
  if (env.NO_COLOR) return false
  return stream.hasColors?.() ?? false
}

export const colors = pc.createColors(wantsColors(process.env, process.stdout))

export type Paint = (text: string) => string
