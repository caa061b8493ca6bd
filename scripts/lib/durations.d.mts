interface Test {
  readonly name: string
  readonly milliseconds?: number
}
export function slowest(tests: readonly Test[], count?: number): Test[]
export function overBudget(lane: { name: string; milliseconds: number; budget: number }): string | undefined
