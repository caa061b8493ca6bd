import { defineConfig, type Options } from 'tsup'

const library = {
  index: 'lib/index.ts',
  flows: 'lib/monitors/flows/index.ts',
  tcp: 'lib/monitors/tcp/index.ts',
  btf: 'lib/btf/index.ts',
  kernel: 'lib/kernel/index.ts',
  net: 'lib/net/index.ts',
  symbols: 'lib/symbols/index.ts',
}

/** Splitting keeps one copy of every module in each format: an error's class is the same whichever entry threw it. */
const common: Options = { outDir: 'dist', platform: 'node', target: 'node20', splitting: true }

/** Node's own `import()` of CommonJS first reads the file for names that it exports, which takes longer than to run it. */
const requireLazily: NonNullable<Options['plugins']>[number] = {
  name: 'require-lazily',
  renderChunk: (code) => ({ code: code.replace(/\bimport\(("\.\/[^"]+\.cjs")\)/g, 'Promise.resolve(require($1))') }),
}

export default defineConfig([
  { ...common, format: 'esm', entry: library, sourcemap: true },
  {
    ...common,
    format: 'cjs',
    // The command line is CommonJS only: Node starts it in half the time.
    entry: { ...library, cli: 'lib/cli/index.ts' },
    // Rollup, which `treeshake` brings in, splits CommonJS as it is; tsup's own way down-levels fields and `?.`.
    treeshake: true,
    // Rollup would ask a global `document`, which is there where pages are rendered or tested in Node, for the file's place.
    define: { 'import.meta.url': 'undefined' },
    plugins: [requireLazily],
    // Each file that Node looks for and reads is 0.5 ms; string-width is an ES module only.
    noExternal: ['commander', 'picocolors', 'string-width'],
  },
  { ...common, format: ['esm', 'cjs'], entry: library, dts: { only: true, compilerOptions: { stripInternal: true } } },
])
