/** Where commands write to: standard output, or a test's replacement for it. */
export interface Output {
  readonly isTTY?: boolean
  readonly columns?: number | undefined
  readonly rows?: number | undefined
  /** How many bytes wait for the reader. */
  readonly writableLength?: number
  /** Returns false if the reader is behind; then `done` is called once it has taken the text, or no longer can. */
  write(text: string, done?: (error?: Error | null) => void): unknown
  on(event: 'resize', listener: () => void): unknown
  off(event: 'resize', listener: () => void): unknown
}
