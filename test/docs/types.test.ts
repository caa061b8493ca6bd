import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'

for (const file of readdirSync('docs/examples').filter((name) => name.endsWith('.types.ts'))) {
  test(`docs/examples/${file} is what \`ebpf types\` writes`, (t) => {
    const object = join('docs/examples', file.replace(/types\.ts$/, 'bpf.o'))
    const written = execFileSync(process.execPath, ['dist/cli.cjs', 'types', object], { encoding: 'utf8' })
    t.is(readFileSync(join('docs/examples', file), 'utf8'), written)
  })
}
