/** Where in the kernel to attach: a network namespace other than the caller's, by the path of its file. */
export interface NativeNetns {
  /** `/run/netns/NAME` or `/proc/PID/ns/net`. The call is made on a short-lived thread inside it. */
  readonly netns?: string
}

export interface NativeTcOptions extends NativeNetns {
  readonly ifindex: number
  readonly direction: 'ingress' | 'egress'
}

/** What `NativeProgram.attach` takes for each kind; src-native/attach.cc lists them. */
export interface NativeAttachOptions {
  /** `bpf_program__attach`: by the SEC name. */
  section: Readonly<Record<string, never>>
  kprobe: { readonly symbol: string; readonly offset?: number; readonly retprobe?: boolean; readonly cookie?: bigint }
  tracepoint: { readonly category: string; readonly name: string; readonly cookie?: bigint }
  raw_tracepoint: { readonly name: string; readonly cookie?: bigint }
  /** Placed before or after every program of the hook; default: after all. */
  tcx: NativeTcOptions & { readonly anchor?: 'first' | 'last' }
  /**
   * A filter on clsact, which is made if it is not there and never deleted: a filter of somebody else may have joined it.
   * `priority` 0 lets the kernel choose.
   */
  clsact: NativeTcOptions & { readonly priority?: number; readonly handle?: number }
}
