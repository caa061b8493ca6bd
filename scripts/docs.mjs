import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { reference } from './lib/reference.mjs'
import { inRoot } from './lib/root.mjs'

/**
 * npm run docs: writes docs/reference.md from the code, and copies the examples into the pages that name them,
 * "```ts docs/examples/NAME.ts". With --check it writes nothing, and fails if a page differs.
 */
const { check } = parseArgs({ options: { check: { type: 'boolean' } } }).values
const pages = readdirSync(inRoot('docs')).filter((file) => file.endsWith('.md'))
for (const name of new Set(['reference.md', ...pages])) {
  const page = inRoot(`docs/${name}`)
  const text = pages.includes(name) ? readFileSync(page, 'utf8') : ''
  const fresh = name === 'reference.md' ? reference() : withExamples(text)
  if (fresh === text) continue
  if (!check) writeFileSync(page, fresh)
  else {
    console.log(`docs/${name} is not what the code and the examples say: npm run docs`)
    process.exitCode = 1
  }
}

function withExamples(text) {
  return text.replace(/^```(ts|c) (\S+)\n[\s\S]*?^```$/gm, (_, language, path) => {
    return `\`\`\`${language} ${path}\n${readFileSync(inRoot(path), 'utf8')}\`\`\``
  })
}
