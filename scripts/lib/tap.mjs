/**
 * Reads the TAP that ava-tap.mjs prints, ignoring anything else on the stream. `problem` says why the run cannot be trusted
 * although no test failed: it was cut short, or the number of tests is not the planned one.
 */
export function parseTap(text, exitStatus) {
  const tests = []
  let plan
  let details
  for (const line of text.split(/\r?\n/)) {
    const test = /^(not )?ok \d+ - (.*?)( # (?:SKIP|TODO))?$/.exec(line)
    if (test) {
      const [, failed, name, skipped] = test
      details = []
      tests.push({ name, status: (failed && 'failed') || (skipped && 'skipped') || 'passed', details })
    } else if (/^1\.\.\d+$/.test(line)) {
      plan = Number(line.slice(3))
    } else if (tests.length > 0 && /^# took \d+ ms$/.test(line)) {
      tests.at(-1).milliseconds = Number(line.split(' ')[2])
    } else if (line === '  ...') {
      details = undefined
    } else if (/^ {2,}|^#/.test(line)) {
      details?.push(line)
    }
  }
  return { tests, problem: problemOf(tests, plan, exitStatus) }
}

function problemOf(tests, plan, exitStatus) {
  if (plan === undefined)
    return `the tests were cut short: no plan after ${tests.length} of them, exit status ${exitStatus}`
  if (tests.length < plan) return `${plan - tests.length} of ${plan} tests did not end`
  if (tests.length === 0) return 'no test ran'
  const failed = tests.some((test) => test.status === 'failed')
  if (exitStatus !== 0 && !failed) return `no test failed, but the exit status is ${exitStatus}`
  if (tests.length > plan && !failed) return `${tests.length} tests ran of ${plan} that were planned`
}
