import test, { type ExecutionContext } from 'ava'
import { type FeatureName, whyMissing } from './features.js'
import './no-leaks.js'

/** Less than the timeout of ava.config.js, which cannot tell what hung; enough for an emulated machine. */
const patience = 180_000

/**
 * A test of the kernel lane. On a kernel that may lack a feature it needs, it is skipped and its title says why; if the
 * kernel should have the feature, the test fails.
 */
export function kernelTest(
  title: string,
  { needs = [] }: { readonly needs?: readonly FeatureName[] },
  implementation: Implementation,
): void {
  try {
    const missing = needs.map(reasonOf).filter((reason) => reason !== undefined)
    if (missing.length > 0) test.skip(`${title} # needs ${missing.join(', ')}`, implementation)
    else test.serial(title, timed(implementation))
  } catch (error) {
    test(title, () => {
      throw error
    })
  }
}

type Implementation = (t: ExecutionContext) => void | Promise<void>

function timed(implementation: Implementation): Implementation {
  return (t) => {
    t.timeout(patience)
    return implementation(t)
  }
}

const reasons = new Map<FeatureName, string | undefined>()

function reasonOf(name: FeatureName): string | undefined {
  if (!reasons.has(name)) reasons.set(name, whyMissing(name))
  return reasons.get(name)
}
