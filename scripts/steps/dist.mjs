import { readFileSync, rmSync } from 'node:fs'
import { inRoot } from '../lib/root.mjs'
import { node } from '../lib/run.mjs'
import { step } from '../lib/step.mjs'

/** The entries that package.json exports: `.` is `index`. */
const { exports } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'))
const entries = Object.keys(exports)
  .filter((path) => path !== './package.json')
  .map((path) => path.slice(2) || 'index')

/** Builds dist/ from lib/: it is published, and the tests run against it. */
export const dist = () =>
  step({
    name: 'dist',
    inputs: ['lib', 'tsup.config.ts', 'tsconfig.json', 'package.json', 'package-lock.json'],
    outputs: [
      'dist/cli.cjs',
      ...entries.flatMap((name) => ['js', 'cjs', 'd.ts', 'd.cts'].map((end) => `dist/${name}.${end}`)),
    ],
    run: async () => {
      rmSync(inRoot('dist'), { recursive: true, force: true })
      await node('node_modules/tsup/dist/cli-default.js', ['--silent'])
    },
  })
