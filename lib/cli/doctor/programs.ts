import { closeAll } from '../../internal/lifetime.js'
import { loadBundled } from '../../monitors/shared/bundled.js'
import { attachRetransmit, retransmitModes } from '../../monitors/tcp/retransmit-attach.js'
import { type Check, reasonOf } from './check.js'

/** Loads what the bundled commands load, in the same way, and releases it. */
export async function programChecks(): Promise<Check[]> {
  return [
    await check('ebpf flows', async () => {
      ;(await loadBundled('flow', () => {})).close()
      return 'loads'
    }),
    await check('ebpf retransmits', async () => {
      const { mode, object, links } = await attachRetransmit(retransmitModes, { netns: undefined, maxEntries: 1 })
      closeAll([object, links])
      return `attaches by ${mode}`
    }),
  ]
}

async function check(name: string, attempt: () => Promise<string>): Promise<Check> {
  try {
    return { area: 'programs', name, state: 'ok', found: await attempt() }
  } catch (error) {
    return { area: 'programs', name, state: 'missing', found: reasonOf(error), advice: 'see the lines above' }
  }
}
