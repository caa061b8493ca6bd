import { printable } from './printable.js'

/**
 * The names most similar to `name`, best first: those that differ by a few letters (two swapped letters count once), and those that
 * begin with it. Empty if none is close.
 */
export function nearest(name: string, among: Iterable<string>, count = 3): string[] {
  const wanted = name.toLowerCase()
  if (wanted === '') return []
  const limit = Math.max(1, Math.floor(wanted.length / 3))
  const found = new Map<string, number>()
  for (const candidate of among) {
    const distance = distanceOf(wanted, candidate.toLowerCase(), limit)
    if (distance <= limit) found.set(candidate, distance)
  }
  return [...found]
    .sort(([a, first], [b, second]) => first - second || (a < b ? -1 : 1))
    .slice(0, count)
    .map(([candidate]) => candidate)
}

/** The end of a message, such as `; did you mean 'interval'?`; empty if no name is close. */
export function didYouMean(name: string, among: Iterable<string>, count = 3): string {
  const names = nearest(name, among, count).map((each) => `'${printable(each)}'`)
  if (names.length === 0) return ''
  const last = names.pop()
  return `; did you mean ${names.length > 0 ? `${names.join(', ')} or ` : ''}${last}?`
}

/** The name that `name` misspells: it differs by one letter, or two in long names. Names that differ only in digits are both correct. */
export function misspelt(name: string, among: Iterable<string>): string | undefined {
  const withoutDigits = (text: string) => text.replace(/\d/g, '')
  const limit = name.length < 8 ? 1 : 2
  for (const candidate of among) {
    if (Math.abs(candidate.length - name.length) > limit || candidate === name) continue
    if (editDistance(name, candidate) <= limit && withoutDigits(name) !== withoutDigits(candidate)) return candidate
  }
  return undefined
}

function distanceOf(wanted: string, candidate: string, limit: number): number {
  // A prefix of a name is closer than any name with a wrong letter, and closer still the fewer letters are missing.
  if (wanted.length > 2 && candidate.startsWith(wanted)) return 1 - 1 / (1 + candidate.length - wanted.length)
  if (Math.abs(wanted.length - candidate.length) > limit) return limit + 1
  return editDistance(wanted, candidate)
}

/** How many letters must be inserted, deleted, replaced, or swapped with the next one. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1)
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? a.length
}
