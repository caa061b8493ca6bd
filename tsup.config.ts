import { defineConfig, type Options } from 'tsup'

const library = ['lib/index.ts', 'lib/flows.ts', 'lib/retransmits.ts', 'lib/btf.ts']

/** Splitting keeps one copy of every module in each format: an error's class is the same whichever entry threw it. */
const common: Options = { outDir: 'dist', platform: 'node', target: 'node20', splitting: true }

export default defineConfig([
  { ...common, format: 'esm', entry: [...library, 'lib/cli.ts'], sourcemap: true },
  // Rollup, which `treeshake` brings in, splits CommonJS as it is; tsup's own way down-levels fields and `?.`.
  { ...common, format: 'cjs', entry: library, shims: true, treeshake: true },
  { ...common, format: ['esm', 'cjs'], entry: library, dts: { only: true } },
])
