import { nodeCommand, runChecks } from '../lib/checks.mjs'

/** Checks the package with a user's compiler, and its sources with ours. */
export const types = {
  needs: { dist: true },
  run: async () => [
    await runChecks({
      'the sources and tests compile (tsc)': nodeCommand('typescript/bin/tsc', '--noEmit', '--pretty', 'false'),
      'the public types are as promised (tsd)': nodeCommand('tsd/dist/cli.js', '--files', 'test/types/*.test-d.ts'),
      'the API reference has no gap (typedoc)': nodeCommand('typedoc/bin/typedoc', '--emit', 'none'),
    }),
  ],
}
