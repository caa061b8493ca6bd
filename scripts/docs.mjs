import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { inRoot } from './lib/root.mjs'

/** npm run docs: copies the examples into the pages that name them, "```ts docs/examples/NAME.ts". */
for (const name of readdirSync(inRoot('docs')).filter((file) => file.endsWith('.md'))) {
  const page = inRoot(`docs/${name}`)
  const text = readFileSync(page, 'utf8')
  const fresh = text.replace(/^```(ts|c) (\S+)\n[\s\S]*?^```$/gm, (_, language, path) => {
    return `\`\`\`${language} ${path}\n${readFileSync(inRoot(path), 'utf8')}\`\`\``
  })
  if (fresh !== text) writeFileSync(page, fresh)
}
