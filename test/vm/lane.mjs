import { realpathSync } from 'node:fs'
import { architectures } from './architectures.mjs'
import { runGuest } from './guest.mjs'
import { filesOf } from './kernel-files.mjs'
import { kernelNamed, kernels } from './kernels.mjs'
import { userlandOf } from './userland.mjs'

/** The Debian packages whose commands the lane calls, besides those that every Debian has. */
export const requiredPackages = ['qemu-system-x86', 'qemu-system-arm', 'busybox-static', 'debian-archive-keyring']

/** Node's names for the kernels' architectures other than this machine's: compiled files are needed for these too. */
export const foreignArchitectures = Array.from(
  new Set(kernels.map(({ architecture }) => architectures[architecture].node)),
).filter((name) => name !== process.arch)

/**
 * For each label in `kernels`, runs the command that `commandFor` returns for that kernel, in the folder `root`, two at a time. Resolves
 * to one outcome per kernel, in that order: `{ kernel, release, reported, exitStatus, output, console, problem, seconds }`. A kernel that
 * could not be obtained, or whose guest was not done within `timeLimit` seconds, also has an outcome: it did not report, and `problem` says
 * why.
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
