export type Language = 'ts' | 'c' | 'cc'

export interface Mutation {
  readonly line: number
  readonly start: number
  readonly end: number
  readonly text: string
}

export function languageOf(file: string): Language
export function findMutations(text: string, language: Language, lines?: readonly [first: number, last: number]): Mutation[]
export function sample<T>(list: readonly T[], count: number): T[]
