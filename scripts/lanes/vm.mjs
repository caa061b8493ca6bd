import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { foreignArchitectures, requiredPackages, runVmLane } from '../../test/vm/lane.mjs'
import { avaCommand } from '../lib/ava.mjs'
import { say } from '../lib/print.mjs'
import { inRoot, root } from '../lib/root.mjs'
import { parseTap } from '../lib/tap.mjs'
import { guestBundle } from '../steps/tests.mjs'
import { kernel } from './kernel.mjs'

/** Runs the kernel lane on kernels that QEMU boots: as much as test/vm/extents.mjs says, or all of it. */
export const vm = {
  check: kernel.check,
  // The other lanes leave two processors idle much of the time, and have priority over the guests (test/vm/qemu.mjs).
  beside: true,
  needs: { ...kernel.needs, packages: requiredPackages, prebuilds: true, foreignBpf: foreignArchitectures },
  async run({ all }) {
    // A guest of another architecture has its own Node.js.
    const commandFor = ({ extent }) => ['node', ...avaCommand('kernel', guestBundle(all ? 'all' : extent)).slice(1)]
    const outcomes = await runVmLane({ root, commandFor, log: say })
    return outcomes.map((outcome) => ({
      ...result(outcome),
      kernel: outcome.release ?? outcome.kernel,
      milliseconds: outcome.seconds * 1000,
    }))
  },
}

function result(outcome) {
  const tap = parseTap(outcome.output, outcome.exitStatus)
  const reason = outcome.reported ? tap.problem : `the virtual machine did not report: ${outcome.problem}`
  return reason ? { ...tap, problem: [reason, ...whereToLook(outcome, tap.tests)].join('\n') } : tap
}

/** A guest's output is thousands of lines long, so it goes to a file. */
function whereToLook({ kernel, output, console }, tests) {
  if (output === '' && console === '') return []
  const log = join('.cache/vm', `${kernel}.log`)
  mkdirSync(inRoot(dirname(log)), { recursive: true })
  writeFileSync(inRoot(log), `${output}\n== the kernel's console\n${console}`)
  const last = tests.at(-1)
  return [...(last ? [`the last test that ended: ${last.name}`] : []), `all that it said: ${log}`]
}
