import { nodeCommand, runChecks } from '../lib/checks.mjs'
import { filesUnder } from '../lib/step.mjs'

const clangFormat = 'clang-format-19'
const formatted = ['src-native', 'bpf', 'benchmarks']
/** Third-party headers, which a build has copied there. */
const foreign = 'src-native/include/'

/** Checks style, the direction of the dependencies between the folders of lib/, and what is written from the code. */
export const lint = {
  needs: { packages: [clangFormat] },
  run: async () => [
    await runChecks({
      'TypeScript and JSON (biome)': nodeCommand('@biomejs/biome/bin/biome', 'ci', '--colors=off'),
      'the folders of lib/ import downwards only': [process.execPath, 'scripts/lib/check-folders.mjs'],
      'the addon has the signatures that its comments and lib/internal/binding say': [
        process.execPath,
        'scripts/lib/check-signatures.mjs',
      ],
      'docs/ shows the code and the examples as they are (npm run docs)': [
        process.execPath,
        'scripts/docs.mjs',
        '--check',
      ],
      'C and C++ (clang-format)': [clangFormat, '--dry-run', '-Werror', ...formatted.flatMap(filesUnder).filter(isC)],
    }),
  ],
}

const isC = (file) => /\.(c|cc|h)$/.test(file) && !file.startsWith(foreign)
