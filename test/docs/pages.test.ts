import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'ava'

const pages = ['README.md', ...readdirSync('docs').map((file) => join('docs', file))].filter((file) =>
  file.endsWith('.md'),
)

for (const page of pages) {
  const text = readFileSync(page, 'utf8')

  test(`the examples that ${page} shows are the files that are run`, (t) => {
    for (const [, language, path, code] of text.matchAll(/^```(ts|c)(?: (\S+))?\n([\s\S]*?)^```$/gm)) {
      if (path) t.is(code, readFileSync(path, 'utf8'), path)
      else t.is(page, 'README.md', `${page} shows ${language} of no file`)
    }
    t.pass()
  })

  test(`the links of ${page} lead somewhere`, (t) => {
    for (const [, target = ''] of text.matchAll(/\]\(([^)]+)\)/g)) {
      const [file = '', anchor] = target.split('#')
      if (/^https?:/.test(target)) continue
      const path = file === '' ? page : join(dirname(page), file)
      t.true(existsSync(path), target)
      if (anchor) t.true(headings(readFileSync(path, 'utf8')).includes(anchor), target)
    }
    t.pass()
  })
}

/** As GitHub makes anchors of them. */
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
