import { release } from 'node:os'
import { performance } from 'node:perf_hooks'
import { inRoot } from '../lib/root.mjs'
import { capture } from '../lib/run.mjs'
import { kernel } from './kernel.mjs'

/**
 * Runs the benchmarks with few samples, so that they do not rot: a case passes if it has a result, whatever it is. Peers that are not
 * installed are left out.
 */
export const bench = {
  check: kernel.check,
  needs: { dist: true, bpf: true, addon: true },
  async run() {
    const start = performance.now()
    const { status, output, stdout } = await capture(process.execPath, [
      inRoot('scripts/bench.mjs'),
      '--quick',
      '--json',
    ])
    const results = stdout
      .split('\n')
      .filter((line) => line.startsWith('{"case"'))
      .map((line) => JSON.parse(line))
    const tests = results.map(({ case: name, peer, median }) => ({
      name: peer === null ? name : `${name} against ${peer}`,
      status: Number.isFinite(median) ? 'passed' : 'failed',
      details: [`median ${median}`],
    }))
    return [{ kernel: release(), tests, milliseconds: performance.now() - start, ...problemOf(status, tests, output) }]
  },
}

function problemOf(status, tests, output) {
  if (status !== 0) return { problem: `the benchmarks ended with status ${status}:\n${output.trimEnd()}` }
  return tests.length === 0 ? { problem: 'no benchmark printed a figure' } : {}
}
