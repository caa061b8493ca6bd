import { dirname } from 'node:path'
import { mountedWrapper } from '../lanes/kernel.mjs'
import { avaCommand } from '../lib/ava.mjs'
import { inRoot } from '../lib/root.mjs'
import { bounded } from './bounded.mjs'
import { bundleOf } from './bundle.mjs'

/** With a mistake, a test may attach to an interface that is not its own, or leave a pin: these namespaces are gone when it ends. */
const isolated = `
  ip link set lo up
  mount -t bpf bpf /sys/fs/bpf
  exec "$@"`
const isolation = [
  'unshare',
  '--net',
  '--mount',
  '--propagation',
  'private',
  'sh',
  '-euc',
  isolated,
  'sh',
  ...mountedWrapper,
]
const wrappers = { docs: isolation, kernel: isolation }

/** Runs one test file until the first failure. */
export function runTest(test, milliseconds) {
  const lane = dirname(test)
  const command = [...(wrappers[lane] ?? []), ...avaCommand(lane, bundleOf(test)), '--fail-fast']
  return bounded(command, { milliseconds, env: { TMPDIR: inRoot('.cache/tmp') } })
}

/**
 * Runs the tests until one fails, or takes much longer than it did without a mistake: then it hangs (the limit allows for other work on
 * the machine). From then on, the tests with the most kills per time run first.
 */
export async function killer(measured, builder) {
  for (const each of measured) {
    await builder.before?.(each.test)
    const { status } = await runTest(each.test, 15_000 + 4 * each.milliseconds)
    if (status === 0) continue
    each.kills++
    measured.sort((a, b) => b.kills / b.milliseconds - a.kills / a.milliseconds)
    return { result: status === undefined ? 'timed out' : 'killed', by: each.test }
  }
  return { result: 'survived' }
}
