import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { inRoot } from './root.mjs'

const { SymbolFlags, TypeFormatFlags } = ts

/**
 * The text of docs/reference.md, from the sources and their comments: each export of each entry with the first sentence of its comment,
 * the members of classes, and each option with its type and default. Throws if a comment is missing.
 */
export function reference() {
  const entries = entryPoints()
  const { options } = ts.getParsedCommandLineOfConfigFile(inRoot('tsconfig.json'), {}, ts.sys)
  const program = ts.createProgram(
    entries.map(({ path }) => path),
    options,
  )
  const page = new Page(program.getTypeChecker())
  const parts = entries.map(({ name, path }) => page.entry(name, program.getSourceFile(path)))
  if (page.missing.length > 0) throw new Error(`docs/reference.md lacks:\n${page.missing.join('\n')}`)
  return `${head(entries)}\n${parts.join('\n')}`
}

/** The entries of the package, as tsup builds them. */
function entryPoints() {
  const lines = readFileSync(inRoot('tsup.config.ts'), 'utf8').matchAll(/^ {2}(\w+): '(lib\/\S+)',$/gm)
  return [...lines].map(([, name, path]) => ({
    name: name === 'index' ? 'ebpf' : `ebpf/${name}`,
    path: inRoot(path),
  }))
}

const head = (entries) => `# Reference

Every export of ${entries.map(({ name }) => `[\`${name}\`](#${anchor(name)})`).join(', ')}.
\`npm run docs\` writes this page from the first sentences of the comments in the code. An editor shows whole comments, with what each
call throws and the kernel that it needs.

An option without a default is not set unless you pass it. A handle has \`close()\`, which \`using\` calls, and \`closed\`.
`

const anchor = (heading) => heading.replaceAll('/', '')

const sections = [
  ['Functions', ({ flags }) => flags & SymbolFlags.Function],
  ['Classes', ({ flags }) => flags & SymbolFlags.Class],
  ['Values', ({ flags }) => flags & SymbolFlags.Variable],
  ['Options', ({ name, flags }) => /Options$/.test(name) && flags & (SymbolFlags.Interface | SymbolFlags.TypeAlias)],
  ['Types', () => true],
]

class Page {
  missing = []
  #checker
  #seen = new Map()

  constructor(checker) {
    this.#checker = checker
  }

  entry(name, file) {
    const exports = this.#checker
      .getExportsOfModule(this.#checker.getSymbolAtLocation(file))
      .map((symbol) => ({ name: symbol.name, symbol: this.#original(symbol) }))
      .map((one) => ({ ...one, flags: one.symbol.flags }))
      .sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1))
    const elsewhere = exports.filter(({ symbol }) => this.#seen.has(symbol))
    const left = new Set(exports.filter(({ symbol }) => !this.#seen.has(symbol)))
    for (const { symbol } of left) this.#seen.set(symbol, name)
    const lines = [`## \`${name}\``]
    for (const [title, belongs] of sections) {
      const found = [...left].filter(belongs)
      for (const one of found) left.delete(one)
      if (found.length > 0) lines.push('', `### ${title} of \`${name}\``, '', ...this[title](found))
    }
    if (elsewhere.length > 0) {
      const from = elsewhere.map((one) => `\`${one.name}\` of \`${this.#seen.get(one.symbol)}\``)
      lines.push('', `Also exported here: ${from.join(', ')}.`)
    }
    return `${lines
      .join('\n')
      .replace(/\n{3,}/g, '\n\n')
      .trimEnd()}\n`
  }

  Functions(found) {
    const rows = found.map(({ name, symbol }) => [...this.#call(name, symbol), this.#summary(name, symbol)])
    return table(['function', 'returns', 'what it does'], rows)
  }

  Classes(found) {
    return found.flatMap(({ name, symbol }) => [
      `#### \`${name}\``,
      '',
      [this.#summary(name, symbol), this.#base(symbol)].filter(Boolean).join(' '),
      '',
      ...table(['member', 'type', 'what it does'], this.#members(name, symbol)),
      '',
    ])
  }

  Values(found) {
    const rows = found.map(({ name, symbol }) => [
      code(name),
      this.#type(this.#checker.getTypeOfSymbol(symbol)),
      this.#summary(name, symbol),
    ])
    return table(['value', 'type', 'what it is'], rows)
  }

  Options(found) {
    return found.flatMap(({ name, symbol }) => [
      `#### \`${name}\``,
      '',
      this.#summary(name, symbol),
      '',
      ...table(['option', 'type', 'default', 'what it does'], this.#options(name, symbol)),
      '',
    ])
  }

  Types(found) {
    const rows = found.map(({ name, symbol }) => [code(name), this.#summary(name, symbol)])
    return table(['type', 'what it is'], rows)
  }

  #original(symbol) {
    return symbol.flags & SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol
  }

  /** A function's name with its parameters, and the type that it returns. */
  #call(name, symbol) {
    const signatures = this.#checker.getSignaturesOfType(this.#checker.getTypeOfSymbol(symbol), ts.SignatureKind.Call)
    const [signature] = [...signatures].sort((a, b) => b.parameters.length - a.parameters.length)
    const least = Math.min(...signatures.map(({ parameters }) => parameters.length))
    const parameters = signature.parameters.map(({ name, valueDeclaration: it }, i) => {
      // Options that are destructured have no name; those that some types of objects require are a rest parameter.
      if (!ts.isIdentifier(it.name)) return 'options?'
      return `${it.dotDotDotToken ? '…' : ''}${name}${it.questionToken || it.initializer || i >= least ? '?' : ''}`
    })
    return [code(`${name}(${parameters.join(', ')})`), this.#type(signature.getReturnType())]
  }

  #members(name, symbol) {
    const checker = this.#checker
    const own = (member) => symbol.declarations.includes(member.declarations?.[0].parent) && isPublic(member)
    const statics = checker.getPropertiesOfType(checker.getTypeOfSymbol(symbol)).filter(own)
    const members = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol)).filter(own)
    const named = [...statics.map((it) => [`${name}.${it.name}`, it]), ...members.map((it) => [it.name, it])]
    return named.map(([text, member]) => {
      const shown =
        member.flags & SymbolFlags.Method
          ? this.#call(text, member)
          : [code(text), this.#type(checker.getTypeOfSymbol(member))]
      return [...shown, this.#summary(`${name}.${member.name}`, member)]
    })
  }

  /** What a class extends. */
  #base(symbol) {
    const [base] = this.#checker.getBaseTypes(this.#checker.getDeclaredTypeOfSymbol(symbol))
    if (!base) return ''
    return base.symbol.name === 'Handle' ? 'A handle.' : `Extends ${code(base.symbol.name)}.`
  }

  /** An option of each name. The members of a union have different options, or the same one with different types. */
  #options(name, symbol) {
    const type = this.#checker.getDeclaredTypeOfSymbol(symbol)
    const parts = type.isUnion() ? type.types : [type]
    const names = new Set(parts.flatMap((part) => this.#checker.getPropertiesOfType(part).map((it) => it.name)))
    return [...names].flatMap((option) => {
      const found = parts
        .map((part) => this.#checker.getPropertyOfType(part, option))
        .filter((it) => it && isPublic(it) && !(this.#checker.getTypeOfSymbol(it).flags & ts.TypeFlags.Undefined))
      if (found.length === 0) return []
      const isRequired = found.length === parts.length && found.every(({ flags }) => !(flags & SymbolFlags.Optional))
      const types = new Set(found.map((it) => this.#type(withoutUndefined(this.#checker, it))))
      const documented = found.find((it) => this.#comment(it) !== '') ?? found[0]
      const text = this.#comment(documented)
      const [, byDefault = ''] = /Default:\s([\s\S]*?)\.(?:\s|$)/.exec(text) ?? []
      if (!isRequired && byDefault === '' && [...types].join() === '`boolean`')
        this.missing.push(`"Default: …" in the comment of ${name}.${option}`)
      const rest = text.replace(/\s*Default:\s[\s\S]*?\.(?=\s|$)/, '')
      const about = this.#sentence(`${name}.${option}`, rest)
      return [[code(option), [...types].join(' or '), isRequired ? 'required' : byDefault, about]]
    })
  }

  #type(type) {
    const text = this.#checker.typeToString(
      type,
      undefined,
      TypeFormatFlags.NoTruncation | TypeFormatFlags.UseAliasDefinedOutsideCurrentScope,
    )
    return code(
      text
        .replace(/import\("[^"]*"\)\./g, '')
        .replace(/\s+/g, ' ')
        .replaceAll('readonly ', ''),
    )
  }

  #comment(symbol) {
    return ts.displayPartsToString(symbol.getDocumentationComment(this.#checker))
  }

  #summary(name, symbol) {
    return this.#sentence(name, this.#comment(symbol))
  }

  /** The first sentence, on one line. */
  #sentence(name, text) {
    const line = text.replace(/\s+/g, ' ').trim()
    if (line === '') this.missing.push(`a comment on ${name}`)
    return /^.*?\.(?= [A-Z`(]|$)/.exec(line)?.[0] ?? line
  }
}

const withoutUndefined = (checker, option) => checker.getNonNullableType(checker.getTypeOfSymbol(option))

/** What `stripInternal` of the compiler leaves in the published types. */
function isPublic(member) {
  const declaration = member.declarations[0]
  if (member.name.startsWith('__@') || ts.isPrivateIdentifier(declaration.name ?? declaration)) return false
  if (ts.getCombinedModifierFlags(declaration) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) return false
  return !ts.getJSDocCommentsAndTags(declaration).some((it) => it.getText().includes('@internal'))
}

const code = (text) => `\`${text}\``

function table(head, rows) {
  if (rows.length === 0) return []
  const cell = (text) => text.replaceAll('|', '\\|')
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`)
}
