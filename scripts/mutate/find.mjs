import { blank } from './blank.mjs'
import { negated, swapped, valueless } from './branches.mjs'
import { patterns } from './operators.mjs'
import { statements } from './statements.mjs'

/** `ts`, `cc`, or `c` for BPF programs. */
export function languageOf(file) {
  if (/\.m?ts$/.test(file)) return 'ts'
  return file.startsWith('src-native/') ? 'cc' : 'c'
}

/**
 * The small mistakes that can be made in a text, in the order of the text: each `{ line, start, end, text }` replaces `start` to `end`
 * with `text`, and keeps the number of lines.
 */
export function findMutations(text, language, [first, last] = [1, Number.POSITIVE_INFINITY]) {
  const code = blank(text, language)
  const lines = code.split('\n')
  const skipped = skippedLines(lines, language)
  const found = []
  let offset = 0
  lines.forEach((line, i) => {
    if (!skipped.has(i)) {
      for (const { start, end, replace } of inLine(line, lines[i + 1] ?? '', language)) {
        const [from, to] = [offset + start, offset + end]
        found.push({ line: i + 1, start: from, end: to, text: replace(text.slice(from, to)) })
      }
    }
    offset += line.length + 1
  })
  for (const [start, end] of statements(code, language)) {
    const line = code.slice(0, start).split('\n').length
    if (!skipped.has(line - 1)) {
      found.push({ line, start, end, text: `;${'\n'.repeat(code.slice(start, end).split('\n').length - 1)}` })
    }
  }
  return unique(
    found.filter((each) => each.line >= first && each.line <= last && each.text !== text.slice(each.start, each.end)),
  )
}

function inLine(line, next, language) {
  const own = patterns.filter(({ languages }) => !languages || languages.includes(language))
  const simple = own.flatMap(({ pattern, replace }) =>
    [...line.matchAll(pattern)].map(({ 0: match, index }) => ({ start: index, end: index + match.length, replace })),
  )
  return [...simple, ...negated(line), ...swapped(line), ...(language === 'ts' ? valueless(line, next) : [])]
}

function unique(mutations) {
  const byChange = new Map(mutations.map((each) => [`${each.start} ${each.end} ${each.text}`, each]))
  return [...byChange.values()].sort((a, b) => a.start - b.start || a.end - b.end)
}

const declarations = {
  ts: {
    begins: /^(?:export )?(?:declare )?(?:interface|type) |^import |^export (?:\*|\{|type \{)/,
    ends: /^[^\s})|&]/,
  },
  c: { begins: /^\s*(?:static |const |typedef )*(?:struct|union|enum)(?: \w+)? \{$/, ends: undefined },
  cc: { begins: /^\s*enum(?: class)?(?: \w+)?(?: : \w+)? \{$/, ends: undefined },
}

const meaningless =
  /^\s*(?:#(?!define \w+(?:\([^)]*\))? .)|static_assert|_Static_assert|using |template <|SEC\(|char LICENSE|__uint\(|__type\()/

/** Often nobody reads the `int` that a BPF function returns: the verifier wants a number. */
function isStatus(lines, i) {
  if (!/^\s+return [01];$/.test(lines[i])) return false
  return /\bint \w+\(/.test(lines.slice(0, i).findLast((line) => /^\w.*\(/.test(line)) ?? '')
}

/** Lines that only declare: types, structures, includes. */
function skippedLines(lines, language) {
  const { begins, ends } = declarations[language]
  const skipped = new Set()
  for (let i = 0; i < lines.length; i++) {
    if (language === 'c' && isStatus(lines, i)) skipped.add(i)
    if (language !== 'ts' && meaningless.test(lines[i])) skipped.add(i)
    if (!begins.test(lines[i])) continue
    const indent = /^\s*/.exec(lines[i])[0]
    const isEnd = (line) => (ends ? ends.test(line) : line.startsWith(`${indent}}`))
    skipped.add(i)
    while (i + 1 < lines.length && !isEnd(lines[i + 1])) skipped.add(++i)
    if (!ends) skipped.add(++i)
  }
  return skipped
}

/** `count` items of a list, spread evenly over it, the same each time. */
export function sample(list, count) {
  if (count >= list.length) return list
  return Array.from({ length: count }, (_, i) => list[Math.floor(((i + 0.5) * list.length) / count)])
}
