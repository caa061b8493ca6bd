/** What commands write to: standard output, or what a test has in its place. */
export interface Output {
  readonly isTTY?: boolean
  readonly columns?: number | undefined
  readonly rows?: number | undefined
  /** Bytes that wait for the reader. */
  readonly writableLength?: number
  /** False when the reader is behind; then `done` is called once it has taken the text, or cannot any more. */
  write(text: string, done?: (error?: Error | null) => void): unknown
  on(event: 'resize', listener: () => void): unknown
  off(event: 'resize', listener: () => void): unknown
}
