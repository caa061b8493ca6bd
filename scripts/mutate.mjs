import { existsSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { kernel } from './lanes/kernel.mjs'
import { main } from './lib/main.mjs'
import { checkPlatform } from './lib/platform.mjs'
import { say } from './lib/print.mjs'
import { inRoot, root } from './lib/root.mjs'
import { Failure } from './lib/run.mjs'
import { projectCopy } from './mutate/copy.mjs'
import { findMutations, languageOf, sample } from './mutate/find.mjs'
import { diffOf } from './mutate/report.mjs'
import { testsOf } from './mutate/tests.mjs'
import { prepare } from './steps/index.mjs'

const usage = `npm run mutate -- [options] FILE[:LINE[-LINE]]…

Makes small mistakes in files of lib/, bpf/ and src-native/, one at a time, in a copy of the project, and tells which of them
no test notices. scripts/mutate/tests.mjs says which tests a file has.

  --lines A-B      only in these lines (of all files)
  --sample N       N of each file's mutations, spread evenly over it, the same each time
  --limit N        the first N of each file
  --tests PATTERN  these tests instead, such as kernel/flow-*,unit/flow-memory
  --list           print the mutations, and run nothing
  --help           print this

The status is 0 even when mutants survive, since some change nothing that a test could see: read them. It is 1 when a
test fails without a mutation, or the command cannot be carried out.`

await main(async () => {
  const { values, positionals } = parsed()
  if (values.help) return say(usage)
  if (positionals.length === 0) throw new Failure(usage)
  const targets = positionals.map((name) => toTarget(name, values))
  if (values.list) return list(targets)
  checkPlatform()
  if (targets.some(({ tests }) => tests.some((test) => /^(?:kernel|docs)\//.test(test)))) kernel.check()
  await prepare({ dist: true, bpf: true, addon: true })
  const copy = projectCopy()
  try {
    process.chdir(copy.path)
    // Everything that runs from here on has the copy as its root.
    const { session } = await import(join(copy.path, 'scripts/mutate/session.mjs'))
    await session(targets)
  } finally {
    process.chdir(root)
    copy.remove()
  }
})

function parsed() {
  const text = { type: 'string' }
  const flag = { type: 'boolean' }
  const options = { lines: text, sample: text, limit: text, tests: text, list: flag, help: flag }
  try {
    return parseArgs({ options, allowPositionals: true })
  } catch (error) {
    throw new Failure(`${error.message}\n\n${usage}`)
  }
}

function toTarget(name, { lines, sample: count, limit, tests }) {
  const [, path, own] = /^(.*?)(?::([\d-]+))?$/.exec(name)
  const file = relative(root, resolve(path))
  if (
    !/^(?:lib\/.*\.ts|bpf\/.*\.[ch]|src-native\/(?!include\/).*\.(?:cc|h))$/.test(file) ||
    !existsSync(inRoot(file))
  ) {
    throw new Failure(`${path} is not a source file in lib/, bpf/ or src-native/`)
  }
  const text = readFileSync(inRoot(file), 'utf8')
  const found = findMutations(text, languageOf(file), toLines(own ?? lines))
  const wanted = found.slice(0, toCount('--limit', limit, found.length))
  return {
    file,
    text,
    mutations: sample(wanted, toCount('--sample', count, wanted.length)),
    tests: testsOf(file, tests),
  }
}

function toLines(range) {
  if (range === undefined) return undefined
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? []
  if (first === undefined || Number(first) > Number(last)) throw new Failure(`lines are A-B, not ${range}`)
  return [Number(first), Number(last)]
}

function toCount(name, value, all) {
  if (value === undefined) return all
  if (!/^[1-9]\d*$/.test(value)) throw new Failure(`${name} is a number above 0, not ${value}`)
  return Number(value)
}

function list(targets) {
  for (const { file, text, mutations } of targets) {
    for (const mutation of mutations) say(`${file}:${mutation.line}\n${diffOf(text, mutation)}`)
  }
  say()
  say(`${targets.reduce((sum, { mutations }) => sum + mutations.length, 0)} mutations`)
}
