/**
 * The replacements, made anywhere in a line of code. Operators have a space on either side, which tells `a < b` from a
 * type's `<`; the formatters ensure this. The languages are `ts`, `c` (BPF programs) and `cc`; without `languages`, all of them.
 */
export const swaps = [
  ...pairs([' < ', ' <= '], [' > ', ' >= '], [' === ', ' !== '], [' == ', ' != '], [' && ', ' || ']),
  ...pairs([' * ', ' / '], [' << ', ' >> '], ['true', 'false'], ['++', '--']),
  ...pairs(['Math.min(', 'Math.max('], ['std::min(', 'std::max('], ['break', 'continue']),
  { from: ' % ', to: ' * ' },
  { from: ' += ', to: ' = ' },
  { from: ' -= ', to: ' += ' },
  { from: ' |= ', to: ' = ' },
  { from: ' ??= ', to: ' = ' },
  { from: ' & ', to: ' | ' },
  { from: ' | ', to: ' & ', languages: ['c', 'cc'] },
].map(({ from, to, languages }) => ({ pattern: new RegExp(word(from), 'g'), replace: () => to, languages }))

export const patterns = [
  ...swaps,
  { pattern: / - /g, replace: () => ' + ' },
  // Excluded: `+` that joins strings.
  { pattern: /(?<!["'`]) \+ (?!["'`])/g, replace: () => ' - ' },
  // `!x` becomes `x`; a `!` after a name is TypeScript's non-null assertion.
  { pattern: /(?<=^|[\s(!&|=])!(?=[\w($#])/g, replace: () => '' },
  { pattern: /(?<![\w.#])(?:0x[\da-fA-F_]+|\d[\d_']*)(?=(?:n|[uU]?[lL]{0,2})\b)(?!\.\d)/g, replace: next },
  { pattern: / \?\? (?:[\w.$#]+(?:\([^()]*\))?|\[\]|\{\}|'[^']*'|-\d+)/g, replace: () => '', languages: ['ts'] },
  { pattern: /(?<=\): (?:void|Promise<void>) \{)$/g, replace: () => ' return', languages: ['ts'] },
  {
    pattern: /(?<=^(?:\s*|.* )void [\w:]+\(.*\) (?:const )?(?:override )?\{)$/g,
    replace: () => ' return;',
    languages: ['cc'],
  },
  { pattern: /(?<=^\s*return ).+(?=;$)/g, replace: (x) => (/^\{?\}?[\d\s]*$/.test(x) ? x : '{}'), languages: ['cc'] },
  { pattern: /(?<=^\s*return ).+(?=;$)/g, replace: (x) => (/^\d+$/.test(x) ? x : '0'), languages: ['c'] },
  { pattern: /^\s*\.\w+ = .*,$/g, replace: () => '', languages: ['c'] },
]

function pairs(...list) {
  return list.flatMap(([from, to]) => [
    { from, to },
    { from: to, to: from },
  ])
}

function word(text) {
  const escaped = text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return /^\w/.test(text) ? `\\b${escaped}${/\w$/.test(text) ? '\\b' : ''}` : escaped
}

/** 0 becomes 1, 1 becomes 0, and any other number is increased by one. */
function next(text) {
  const value = BigInt(text.replace(/[_']/g, ''))
  const other = value === 1n ? 0n : value + 1n
  return text.startsWith('0x') ? `0x${other.toString(16)}` : String(other)
}
