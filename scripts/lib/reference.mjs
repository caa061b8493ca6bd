import { basename, dirname } from 'node:path'
import ts from 'typescript'

/**
 * The text of docs/reference.md: every export of every entry point with the first sentence of its comment, the members of classes, and
 * each option with its default. It is made from the sources, so it cannot go stale.
 *
 * @param {readonly string[]} entryPoints such as `lib/index.ts`
 */
export function reference(entryPoints) {
  const { options } = ts.convertCompilerOptionsFromJson({ module: 'nodenext', target: 'es2022', strict: true }, '.')
  const program = ts.createProgram(entryPoints, options)
  const checker = program.getTypeChecker()
  const seen = new Map()
  const parts = entryPoints.map((path) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(path))
    return entry(checker, nameOf(path), checker.getExportsOfModule(module), seen)
  })
  return `${head}\n${parts.join('\n')}`
}

const head = `# Reference

Every export, the members of the classes, and every option with its default. \`npm run docs\` writes this page from the comments in
the code; an editor shows the whole comment, with what each call throws and the kernel that it needs.
`

const nameOf = (path) => (dirname(path) === 'lib' ? 'ebpf' : `ebpf/${basename(dirname(path))}`)

const sections = [
  ['Functions', ({ flags }) => flags & ts.SymbolFlags.Function],
  ['Classes', ({ flags }) => flags & ts.SymbolFlags.Class],
  ['Values', ({ flags }) => flags & ts.SymbolFlags.Variable],
  [
    'Options',
    ({ name, flags }) => /Options$/.test(name) && flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias),
  ],
  ['Types', () => true],
]

function entry(checker, name, exports, seen) {
  const symbols = exports
    .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
    .map((symbol, i) => ({ symbol, name: exports[i].name, flags: symbol.flags }))
    .sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1))
  const left = new Set(symbols)
  const lines = [`## \`${name}\``]
  const elsewhere = symbols.filter(({ symbol }) => seen.has(symbol))
  for (const one of elsewhere) left.delete(one)
  for (const { symbol } of symbols) if (!seen.has(symbol)) seen.set(symbol, name)
  for (const [title, belongs] of sections) {
    const found = [...left].filter(belongs)
    for (const one of found) left.delete(one)
    if (found.length > 0) lines.push('', `### ${title} of \`${name}\``, '', ...render[title](checker, found))
  }
  if (elsewhere.length > 0)
    lines.push('', `Also exported here: ${elsewhere.map((one) => `\`${one.name}\``).join(', ')}.`)
  return `${lines.join('\n')}\n`
}

const render = {
  Functions: (checker, found) =>
    table(
      ['function', 'what it does'],
      found.map((one) => named(checker, one)),
    ),
  Classes: (checker, found) => found.flatMap((one) => classOf(checker, one)),
  Values: (checker, found) =>
    table(
      ['value', 'what it is'],
      found.map((one) => named(checker, one)),
    ),
  Options: (checker, found) => found.flatMap((one) => optionsOf(checker, one)),
  Types: (checker, found) =>
    table(
      ['type', 'what it is'],
      found.map((one) => named(checker, one)),
    ),
}

const named = (checker, { name, symbol }) => [`\`${name}\``, summary(checker, symbol)]

function classOf(checker, { name, symbol }) {
  const type = checker.getDeclaredTypeOfSymbol(symbol)
  const statics = checker
    .getPropertiesOfType(checker.getTypeOfSymbol(symbol))
    .filter((member) => member.name !== 'prototype')
  const members = [
    ...statics.map((member) => [`${name}.${member.name}`, member]),
    ...checker.getPropertiesOfType(type).map((member) => [member.name, member]),
  ].filter(([text, member]) => isPublic(member) && !text.includes('__@'))
  const rows = members.map(([text, member]) => {
    const call = member.flags & ts.SymbolFlags.Method ? '()' : ''
    return [`\`${text}${call}\``, summary(checker, member)]
  })
  return [
    `#### \`${name}\``,
    '',
    summary(checker, symbol),
    '',
    ...(rows.length > 0 ? [...table(['member', 'what it does'], rows), ''] : []),
  ]
}

function optionsOf(checker, { name, symbol }) {
  const rows = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol)).map((member) => {
    const text = comment(checker, member)
    const [, byDefault = ''] = /Default: ([\s\S]*?)\.(?:\s|$)/.exec(text) ?? []
    return [`\`${member.name}\``, byDefault, sentence(text.replace(/\s*Default: [\s\S]*?\.(?=\s|$)/, ''))]
  })
  return [`#### \`${name}\``, '', ...table(['option', 'default', 'what it does'], rows), '']
}

function isPublic(member) {
  const [declaration] = member.declarations ?? []
  if (!declaration || member.name.includes('#') || declaration.getSourceFile().isDeclarationFile) return false
  if (ts.getCombinedModifierFlags(declaration) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) return false
  return !member.getJsDocTags().some(({ name }) => name === 'internal')
}

const comment = (checker, symbol) => ts.displayPartsToString(symbol.getDocumentationComment(checker))
const summary = (checker, symbol) => sentence(comment(checker, symbol))

/** The first sentence, on one line. */
function sentence(text) {
  const line = text.replace(/\s+/g, ' ').trim()
  return /^.*?[.:](?= [A-Z`(]|$)/.exec(line)?.[0].replace(/:$/, '.') ?? line
}

function table(head, rows) {
  const cell = (text) => text.replaceAll('|', '\\|')
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`)
}
