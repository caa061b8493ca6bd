import { readdirSync } from 'node:fs'
import test from 'ava'
import { overBudget, slowest } from '../../scripts/lib/durations.mjs'
import { parseTap } from '../../scripts/lib/tap.mjs'
import { extents, named } from '../vm/extents.mjs'

const tap = `TAP version 13
ok 1 - quick
# took 3 ms
something that a test printed
not ok 2 - slow
# took 1200 ms
  ---
    name: AssertionError
  ...
ok 3 - left out # needs kprobe (CONFIG_KPROBES) # SKIP
1..3
`

test('a test has its duration, its status and what it failed with', (t) => {
  t.deepEqual(parseTap(tap, 1), {
    tests: [
      { name: 'quick', status: 'passed', milliseconds: 3, details: [] },
      { name: 'slow', status: 'failed', milliseconds: 1200, details: ['  ---', '    name: AssertionError'] },
      { name: 'left out # needs kprobe (CONFIG_KPROBES)', status: 'skipped', details: [] },
    ],
    problem: undefined,
  })
})

test('tests that were cut short, did not end or left another status are a problem', (t) => {
  const passed = 'ok 1 - quick\n'
  t.is(parseTap(passed, 1).problem, 'the tests were cut short: no plan after 1 of them, exit status 1')
  t.is(parseTap(`${passed}1..2\n`, 1).problem, '1 of 2 tests did not end')
  t.is(parseTap('1..0\n', 0).problem, 'no test ran')
  t.is(parseTap(`${passed}1..1\n`, 1).problem, 'no test failed, but the exit status is 1')
  t.is(parseTap(`${passed}${passed}1..1\n`, 0).problem, '2 tests ran of 1 that were planned')
  t.is(parseTap(`${passed}1..1\n`, 0).problem, undefined)
})

test('the slowest tests come first, and those without a duration to speak of are left out', (t) => {
  const tests = [99, 100, 300, 200, undefined].map((milliseconds) => ({
    name: `${milliseconds}`,
    ...(milliseconds === undefined ? {} : { milliseconds }),
  }))
  t.deepEqual(
    slowest(tests).map(({ name }) => name),
    ['300', '200', '100'],
  )
  t.deepEqual(
    slowest(tests, 1).map(({ name }) => name),
    ['300'],
  )
})

test('a lane that takes longer than its budget is warned of', (t) => {
  t.is(overBudget({ name: 'unit', milliseconds: 30_000, budget: 30 }), undefined)
  t.is(
    overBudget({ name: 'unit', milliseconds: 31_000, budget: 30 }),
    'unit took 31.0 s, its budget is 30 s (scripts/lanes/budgets.mjs)',
  )
})

test('what a guest runs is chosen by names of test files that there are', (t) => {
  const files = readdirSync('test/kernel').filter((name) => name.endsWith('.test.ts'))
  const names = files.map((file) => file.slice(0, -'.test.ts'.length))
  t.deepEqual(
    named.filter((name) => !names.includes(name)),
    [],
  )
  t.deepEqual(names.filter(extents.all), names)
  const full = names.filter(extents.full)
  t.true(full.length < names.length)
  t.deepEqual(
    names.filter(extents.differences).filter((name) => !full.includes(name)),
    [],
  )
})
