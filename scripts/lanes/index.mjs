import { bench } from './bench.mjs'
import { docs } from './docs.mjs'
import { kernel } from './kernel.mjs'
import { lint } from './lint.mjs'
import { native } from './native.mjs'
import { packageLane } from './package.mjs'
import { rubbish } from './rubbish.mjs'
import { sanitize } from './sanitize.mjs'
import { types } from './types.mjs'
import { unit } from './unit.mjs'
import { vm } from './vm.mjs'

/**
 * In the order of `npm test`, the quick ones first. `check` throws, before any work, if the lane cannot run here; `needs` is what
 * must be built first (steps/index.mjs); `run` resolves to one outcome for each kernel that the tests ran on. A lane with `beside` runs
 * in parallel with all others.
 */
export const lanes = { lint, types, unit, native, package: packageLane, docs, kernel, bench, vm }

/** These run only when named. */
export const extraLanes = { rubbish, sanitize }
