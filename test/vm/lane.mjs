import { realpathSync } from 'node:fs'
import { architectures } from './architectures.mjs'
import { runGuest } from './guest.mjs'
import { filesOf } from './kernel-files.mjs'
import { kernelNamed, kernels } from './kernels.mjs'
import { userlandOf } from './userland.mjs'

/** The Debian packages that the lane calls commands of, beside those that every Debian has. */
export const requiredPackages = ['qemu-system-x86', 'qemu-system-arm', 'busybox-static', 'debian-archive-keyring']

/** What Node.js calls the kernels' architectures but this machine's: what is compiled has to be there for them too. */
export const foreignArchitectures = Array.from(
  new Set(kernels.map(({ architecture }) => architectures[architecture].node)),
).filter((name) => name !== process.arch)

/**
 * Runs on each kernel, by label, the command that `commandFor` returns for it, two at a time, in the folder `root`, and resolves to one outcome a kernel, in that order:
 * `{ kernel, release, reported, exitStatus, output, console, problem, seconds }`. A kernel that could not be had, or whose guest
 * was not done within `timeLimit` seconds, is an outcome too: one that did not report, and its `problem` says why.
 */
export async function runVmLane({
  root,
  commandFor,
  kernels: labels = kernels.map((kernel) => kernel.label),
  log = () => {},
  env = {},
  timeLimit = 3600,
  concurrency = 2,
  onOutput = () => {},
}) {
  const waiting = labels.map(kernelNamed)
  const guest = { checkout: realpathSync(root), commandFor, env, timeLimit, onOutput }
  const outcomes = new Map()
  const worker = async () => {
    for (let kernel = waiting.shift(); kernel; kernel = waiting.shift()) {
      outcomes.set(kernel.label, { kernel: kernel.label, ...(await outcomeOf(kernel, guest, log)) })
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return labels.map((label) => outcomes.get(label))
}

async function outcomeOf(kernel, { commandFor, ...guest }, log) {
  try {
    const files = await filesOf(kernel, log)
    const userland = await userlandOf(kernel.architecture, guest.checkout, log)
    log(`booting Linux ${files.release}`)
    const outcome = await runGuest({ ...guest, command: commandFor(kernel), kernel: { ...kernel, ...files }, userland })
    return { ...outcome, release: outcome.release ?? files.release }
  } catch (error) {
    return { reported: false, exitStatus: null, problem: error.message, output: '', console: '', seconds: 0 }
  }
}
