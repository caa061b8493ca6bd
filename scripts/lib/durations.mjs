import { seconds } from './print.mjs'

/** The tests that took longest, among those that took at least a tenth of a second. */
export const slowest = (tests, count = 10) =>
  tests
    .filter(({ milliseconds }) => milliseconds >= 100)
    .sort((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, count)

/** The warning for a lane that took longer than its budget, which is in seconds; otherwise undefined. */
export const overBudget = ({ name, milliseconds, budget }) =>
  milliseconds > budget * 1000
    ? `${name} took ${seconds(milliseconds)}, its budget is ${budget} s (scripts/lanes/budgets.mjs)`
    : undefined
