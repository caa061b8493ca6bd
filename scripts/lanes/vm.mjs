import { foreignArchitectures, requiredPackages, runVmLane } from '../../test/vm/lane.mjs'
import { avaCommand } from '../lib/ava.mjs'
import { say } from '../lib/print.mjs'
import { root } from '../lib/root.mjs'
import { parseTap } from '../lib/tap.mjs'
import { wholeKernelLane } from '../steps/tests.mjs'
import { kernel } from './kernel.mjs'

/** The kernel lane again, on kernels that QEMU boots. */
export const vm = {
  check: kernel.check,
  needs: { ...kernel.needs, packages: requiredPackages, prebuilds: true, foreignBpf: foreignArchitectures },
  async run() {
    // A guest of another architecture has a Node.js of its own.
    const [, ...ava] = avaCommand('kernel', wholeKernelLane)
    const outcomes = await runVmLane({ root, command: ['node', ...ava], log: say })
    return outcomes.map((outcome) => ({
      ...result(outcome),
      kernel: outcome.release ?? outcome.kernel,
      milliseconds: outcome.seconds * 1000,
    }))
  },
}

function result({ reported, exitStatus, output }) {
  const tap = parseTap(output, exitStatus)
  if (!reported)
    return { ...tap, problem: `the virtual machine did not report. Its output ended:\n${lastLines(output)}` }
  return tap.problem ? { ...tap, problem: `${tap.problem}\n${lastLines(output)}` } : tap
}

const lastLines = (text) => text.trimEnd().split('\n').slice(-40).join('\n')
