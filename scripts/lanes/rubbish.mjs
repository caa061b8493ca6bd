import { release } from 'node:os'
import { runAva } from '../lib/ava.mjs'
import { kernel, mountedWrapper } from './kernel.mjs'

/**
 * Makes every call of the package with rubbish, on this machine's kernel only: the checks do not depend on the kernel. They run in a
 * network namespace without interfaces, because a flow monitor without names watches all interfaces.
 */
export const rubbish = {
  check: kernel.check,
  needs: kernel.needs,
  run: async () => [
    { kernel: release(), ...(await runAva('rubbish', { wrapper: ['unshare', '--net', ...mountedWrapper] })) },
  ],
}
