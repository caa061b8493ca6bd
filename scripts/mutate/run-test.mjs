import { dirname } from 'node:path'
import { mountedWrapper } from '../lanes/kernel.mjs'
import { avaCommand } from '../lib/ava.mjs'
import { inRoot } from '../lib/root.mjs'
import { bounded } from './bounded.mjs'
import { bundleOf } from './bundle.mjs'

/** With a mistake in it, a test may attach to another interface than its own, or leave a pin: these namespaces go when it ends. */
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

/** Runs one file of tests until the first that fails. */
export function runTest(test, milliseconds) {
  const lane = dirname(test)
  const command = [...(wrappers[lane] ?? []), ...avaCommand(lane, bundleOf(test)), '--fail-fast']
  return bounded(command, { milliseconds, env: { TMPDIR: inRoot('.cache/tmp') } })
}

/**
 * Runs the tests until one fails, or takes much longer than it did: it hangs, though other work of the machine may slow it down. Those
 * that have noticed most in their time go first from now on.
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
