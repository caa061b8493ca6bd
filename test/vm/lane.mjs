import { realpathSync } from 'node:fs'
import { kernelOf } from './cache.mjs'
import { runGuest } from './guest.mjs'
import { kernels } from './kernels.mjs'

/** The Debian packages that the lane calls commands of, beside those that every Debian has. */
export const requiredPackages = ['qemu-system-x86', 'busybox-static', 'debian-archive-keyring']

/**
 * Runs a command on each kernel, by label, two at a time, and resolves to one outcome a kernel, in that order:
 * `{ kernel, release, reported, exitStatus, output, seconds }`. A kernel that could not be had or booted is an outcome
 * too, one that did not report; it never throws for that.
 */
export async function runVmLane({
  root,
  command,
  kernels: labels = Object.keys(kernels),
  log = () => {},
  env = {},
  timeLimit = 600,
  concurrency = 2,
  onOutput = () => {},
}) {
  if (process.arch !== 'x64') throw new Error(`the kernels are x86-64 and this machine is ${process.arch}`)
  const unknown = labels.find((label) => !(label in kernels))
  if (unknown) throw new Error(`there is no kernel ${unknown}; there are ${Object.keys(kernels).join(', ')}`)

  const guest = { root: realpathSync(root), command, env, timeLimit, onOutput }
  const outcomes = new Map()
  const waiting = [...labels]
  const worker = async () => {
    for (let label = waiting.shift(); label !== undefined; label = waiting.shift()) {
      outcomes.set(label, { kernel: label, ...(await outcomeOf(label, guest, log)) })
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return labels.map((label) => outcomes.get(label))
}

async function outcomeOf(label, guest, log) {
  try {
    const kernel = await kernelOf(label, log)
    log(`booting Linux ${kernel.release}`)
    const outcome = await runGuest(kernel, guest)
    return { ...outcome, release: outcome.release ?? kernel.release }
  } catch (error) {
    return { release: undefined, reported: false, exitStatus: null, output: error.message, seconds: 0 }
  }
}
