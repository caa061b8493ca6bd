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
 * In the order of `npm test`, the quick ones first. `check` throws what cannot be helped, before any work; `needs` is what
 * has to be made (steps/index.mjs); `run` resolves to one outcome for each kernel that the tests ran on. A lane that is `beside` runs
 * beside all others.
 */
export const lanes = { lint, types, unit, native, package: packageLane, docs, kernel, bench, vm }

/** Run only when they are named. */
export const extraLanes = { rubbish, sanitize }
