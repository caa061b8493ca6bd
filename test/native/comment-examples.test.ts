import { readdirSync, readFileSync } from 'node:fs'
import test from 'ava'
import { compile } from '../helpers/compile.js'

const examples = readdirSync('dist')
  .filter((file) => file.endsWith('.d.ts'))
  .flatMap((file) => [...readFileSync(`dist/${file}`, 'utf8').matchAll(/@example\n([\s\S]*?)\*\//g)])
  .map(([, text = '']) => text.replace(/^ *\* ?/gm, ''))

test('the examples in the comments of the published types compile', (t) => {
  t.true(examples.length >= 15)
  const files = examples.map((text, i) => {
    const [, code] = /^```ts\n([\s\S]*)^```\s*$/m.exec(text) ?? []
    if (code === undefined) return t.fail(`not a block of TypeScript: ${text}`)
    return [`example${i}.ts`, code]
  })
  t.is(compile('comments', Object.fromEntries(files)), '')
})
