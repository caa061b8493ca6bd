import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { filesUnder } from './step.mjs'

/**
 * A comment above each function that the addon exports has its TypeScript signature. Prints each one that differs from
 * lib/internal/binding, and each member that only one side has. A C++ class `Map` is the interface `NativeMap`; functions are members of
 * `Binding`.
 */
const printer = ts.createPrinter({ removeComments: true })
const sources = new Map(
  filesUnder('src-native')
    .filter(isOurs)
    .map((path) => [path, readFileSync(path, 'utf8')]),
)
const interfaces = readInterfaces(['lib/internal/binding.ts', ...filesUnder('lib/internal/binding')])
const wrong = []
const exported = new Map()

for (const [path, text] of sources) {
  for (const [, owner, method, name] of text.matchAll(/Instance(?:Method|Accessor)<&(\w+)::(\w+)>\("(\w+)"\)/g))
    check(`Native${owner}`, name, owner, method, path)
  for (const [, owner, method, name] of text.matchAll(/\bdefine<(?:(\w+)::)?(\w+)>\(exports, "(\w+)"\)/g))
    check('Binding', name, owner, method, path)
  for (const [, name] of text.matchAll(/exports\["(\w+)"\] = /g)) note('Binding', name)
}
for (const [type, members] of interfaces) {
  const names = exported.get(type)
  for (const name of names ? members.keys() : []) {
    if (!names.has(name)) wrong.push(`${type}.${name} of lib/internal/binding is not exported by src-native`)
  }
}
for (const line of wrong) console.log(line)
process.exitCode = wrong.length > 0 || exported.size < 2 ? 1 : 0

function isOurs(path) {
  return /\.(h|cc)$/.test(path) && !path.startsWith('src-native/include/')
}

function note(type, name) {
  if (!exported.has(type)) exported.set(type, new Set())
  exported.get(type).add(name)
}

function check(type, name, owner, method, path) {
  note(type, name)
  const expected = interfaces.get(type)?.get(name)
  if (expected === undefined) {
    wrong.push(`${path} exports ${name}, which ${type} of lib/internal/binding lacks`)
    return
  }
  const found = signatureAbove(owner, method, name)
  if (found !== expected)
    wrong.push(`${type}.${name}: src-native says\n  ${found ?? 'nothing'}\nand TypeScript\n  ${expected}`)
}

/** The TypeScript signature in the comment above the declaration of a function. */
function signatureAbove(owner, method, name) {
  for (const text of sources.values()) {
    const within = owner ? bodyOf(text, owner) : text
    const declaration = new RegExp(
      `((?:^ *//.*\\n)+)^ *(?:static )?[\\w:<>]+ ${method}\\(const Napi::CallbackInfo&`,
      'm',
    ).exec(within)
    if (!declaration) continue
    const lines = declaration[1]
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^ *\/\/ ?/, ''))
    const first = lines.findLastIndex((line) => new RegExp(`^${name}(\\(|<|:)`).test(line))
    if (first >= 0) return normal(lines.slice(first).join(' '))
  }
}

function bodyOf(text, owner) {
  const start = new RegExp(`^class ${owner}\\b`, 'm').exec(text)
  return start ? text.slice(start.index) : ''
}

function readInterfaces(paths) {
  const found = new Map()
  const heritage = []
  for (const path of paths) {
    const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
    for (const node of file.statements.filter(ts.isInterfaceDeclaration)) {
      found.set(node.name.text, new Map(node.members.map((member) => [member.name?.getText(), print(member, file)])))
      for (const { types } of node.heritageClauses ?? []) {
        for (const { expression } of types) heritage.push([node.name.text, expression.getText()])
      }
    }
  }
  for (const [type, base] of heritage) {
    for (const [name, signature] of found.get(base) ?? []) found.get(type).set(name, signature)
  }
  return found
}

function normal(signature) {
  const file = ts.createSourceFile('comment.ts', `interface Comment {\n${signature}\n}`, ts.ScriptTarget.Latest, true)
  return print(file.statements[0].members[0], file)
}

function print(node, file) {
  return printer
    .printNode(ts.EmitHint.Unspecified, node, file)
    .replace(/\breadonly /g, '')
    .replace(/"/g, "'")
    .replace(/\s+/g, ' ')
}
