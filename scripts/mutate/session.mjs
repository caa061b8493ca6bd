import { main } from '../lib/main.mjs'
import { say } from '../lib/print.mjs'
import { printCounts, printOutcome } from './report.mjs'
import { tryMutations } from './trial.mjs'

/** Tries the mutations of each file, and reports the results. */
export const session = (targets) =>
  main(async () => {
    const results = []
    for (const { file, text, mutations, tests } of targets) {
      say(`${file}: ${mutations.length} mutations; ${tests.length} test files: ${tests.join(', ')}`)
      await tryMutations(file, mutations, tests, (mutation, outcome) => {
        results.push(outcome.result)
        printOutcome(file, text, mutation, outcome)
      })
    }
    printCounts(results)
  })
