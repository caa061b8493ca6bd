import { performance } from 'node:perf_hooks'
import { extraLanes, lanes } from './lanes/index.mjs'
import { main } from './lib/main.mjs'
import { checkPlatform } from './lib/platform.mjs'
import { printResult, printSummary } from './lib/report.mjs'
import { Failure } from './lib/run.mjs'
import { prepare } from './steps/index.mjs'

/** npm test [lane…]: builds what the lanes need, runs them, tells what they found. */
await main(async () => {
  checkPlatform()
  const names = process.argv.slice(2)
  const all = { ...lanes, ...extraLanes }
  for (const name of names) {
    if (!(name in all)) throw new Failure(`There is no lane ${name}; the lanes are ${Object.keys(all).join(', ')}.`)
  }
  const chosen = names.length > 0 ? names : Object.keys(lanes)
  for (const name of chosen) all[name].check?.()
  await prepare(merge(chosen.map((name) => all[name].needs)))

  const results = []
  for (const lane of chosen) {
    const start = performance.now()
    for (const outcome of await all[lane].run()) {
      const result = { milliseconds: performance.now() - start, lane, ...outcome }
      printResult(result)
      results.push(result)
    }
  }
  if (!printSummary(results)) process.exitCode = 1
})

/** What several lanes need together. */
function merge(needs) {
  return { ...Object.assign({}, ...needs), packages: needs.flatMap(({ packages = [] }) => packages) }
}
