import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { inRoot } from '../lib/root.mjs'
import { bundleTest } from './bundle.mjs'
import { typeChecker } from './type-checker.mjs'

/**
 * Bundles the parts of lib/ that a test runs, just before it runs: the test, which may include a part of lib/, and the formats of dist/
 * that it uses, without the types, which take longest. `build` resolves to a digest of the file without its types.
 */
export async function typescriptBuilder(file) {
  const checker = await typeChecker(file)
  const formats = await distFormats()
  let fresh = new Set()
  const make = async (format) => {
    if (fresh.has(format)) return
    fresh.add(format)
    const { build } = await import('tsup')
    await build({ ...formats.find((each) => each.format === format && !each.dts), config: false, silent: true })
  }
  return {
    async build() {
      fresh = new Set()
      return createHash('sha256').update(checker.compile()).digest('hex')
    },
    async before(test) {
      const code = await bundleTest(test)
      if (!test.startsWith('unit/') || /\bfrom ["']ebpf/.test(code)) await make('esm')
      if (code.includes('.cjs')) await make('cjs')
    },
    async restore() {
      fresh = new Set()
      for (const format of ['esm', 'cjs']) await make(format)
    },
  }
}

/** The builds of tsup.config.ts, which Node cannot import as it is. */
async function distFormats() {
  const { default: ts } = await import('typescript')
  const { outputText } = ts.transpileModule(readFileSync(inRoot('tsup.config.ts'), 'utf8'), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  })
  const script = inRoot('.cache/tsup.config.mjs')
  writeFileSync(script, outputText)
  return (await import(script)).default
}
