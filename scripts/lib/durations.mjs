import { seconds } from './print.mjs'

/** The tests that took longest, of those that took a tenth of a second at least. */
export const slowest = (tests, count = 10) =>
  tests
    .filter(({ milliseconds }) => milliseconds >= 100)
    .sort((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, count)

/** What to say of a lane that took longer than its budget, in seconds; nothing when it did not. */
export const overBudget = ({ name, milliseconds, budget }) =>
  milliseconds > budget * 1000
    ? `${name} took ${seconds(milliseconds)}, its budget is ${budget} s (scripts/lanes/budgets.mjs)`
    : undefined
