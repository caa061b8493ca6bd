import { spawnSync } from 'node:child_process'
import test from 'ava'

test('a wrong argument is said in a sentence, without a stack', (t) => {
  for (const [args, expected] of [
    [['flows', '--interval', '-1'], /interval.*-1.*positive/],
    [['flows', '--top', 'x'], /top.*x.*whole number/],
    [['retransmits', '--mode', 'magic'], /mode.*magic/],
    [['demo', '--seconds', '99'], /seconds.*99.*from 1 to 12/],
    [['flwos'], /unknown command.*flwos/],
  ] as const) {
    const { status, stderr } = spawnSync(process.execPath, ['dist/cli.cjs', ...args], { encoding: 'utf8' })
    t.is(status, 1)
    t.regex(stderr, expected)
    t.notRegex(stderr, /\n\s+at /)
  }
})

test('every command tells its options', (t) => {
  for (const command of ['flows', 'retransmits', 'demo', 'doctor']) {
    const { status, stdout } = spawnSync(process.execPath, ['dist/cli.cjs', command, '--help'], { encoding: 'utf8' })
    t.is(status, 0)
    t.regex(stdout, /--json/)
  }
})
