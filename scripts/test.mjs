import { performance } from 'node:perf_hooks'
import { budgets } from './lanes/budgets.mjs'
import { extraLanes, lanes } from './lanes/index.mjs'
import { main } from './lib/main.mjs'
import { checkPlatform } from './lib/platform.mjs'
import { printResult, printSummary } from './lib/report.mjs'
import { all, Failure } from './lib/run.mjs'
import { prepare } from './steps/index.mjs'

/**
 * npm test [lane…] [all]: builds what the lanes need, runs them and reports the results. With `all` the vm lane leaves nothing out
 * (test/vm/extents.mjs).
 */
await main(async () => {
  checkPlatform()
  const words = process.argv.slice(2)
  const options = { all: words.includes('all') }
  const names = words.filter((word) => word !== 'all')
  const known = { ...lanes, ...extraLanes }
  for (const name of names) {
    if (!(name in known)) throw new Failure(`There is no lane ${name}; the lanes are ${Object.keys(known).join(', ')}.`)
  }
  const chosen = names.length > 0 ? names : Object.keys(lanes)
  for (const name of chosen) known[name].check?.()

  const start = performance.now()
  await prepare(merge(chosen.map((name) => known[name].needs)))
  const results = [{ lane: 'build', tests: [], milliseconds: performance.now() - start, budget: budgets.build }]
  const run = async (lane) => {
    for (const outcome of await known[lane].run(options)) {
      const result = { lane, budget: budgets[lane], ...outcome }
      printResult(result)
      results.push(result)
    }
  }
  const inTurn = async () => {
    for (const lane of chosen) if (!known[lane].beside) await run(lane)
  }
  await all([...chosen.filter((lane) => known[lane].beside).map(run), inTurn()])
  if (!printSummary(results)) process.exitCode = 1
})

/** Merges the needs of several lanes. */
function merge(needs) {
  return { ...Object.assign({}, ...needs), packages: needs.flatMap(({ packages = [] }) => packages) }
}
