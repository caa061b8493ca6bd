export interface UpstreamList {
  readonly since: string
  readonly fixes: ReadonlyMap<string, { readonly subject: string; readonly state: string; readonly reason?: string }>
  readonly commits: readonly string[]
}

export function parseUpstream(text: string): UpstreamList
export function compareUpstream(
  list: UpstreamList,
  options: {
    readonly clone: string
    readonly reference: string
    readonly version: string
    readonly backPorts: readonly string[]
  },
): { readonly missing: string[]; readonly wrong: string[] }
