/** Identifies a connection, seen from its local end. */
export interface ConnectionKey {
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  readonly ipVersion: 4 | 6
  /** The socket's network namespace: the inode number of its file, as `readlink /proc/PID/ns/net` shows it. */
  readonly netns: number
  /**
   * Index of the interface, or VRF, that the socket is bound to: by SO_BINDTODEVICE, or because its addresses are link-local. On another
   * interface the same addresses and ports are another connection. Absent if the socket is not bound to an interface.
   */
  readonly interfaceIndex?: number
}
