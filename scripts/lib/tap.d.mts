interface Test {
  readonly name: string
  readonly status: 'passed' | 'failed' | 'skipped'
  readonly milliseconds?: number
  readonly details: readonly string[]
}
export function parseTap(text: string, exitStatus: number): { tests: Test[]; problem: string | undefined }
