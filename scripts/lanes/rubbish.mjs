import { release } from 'node:os'
import { runAva } from '../lib/ava.mjs'
import { kernel, mountedWrapper } from './kernel.mjs'

/**
 * Every call of the package with rubbish, on this machine's kernel alone: the checks are the same whatever the kernel. In a network
 * namespace without interfaces: a flow monitor that is given no names watches them all.
 */
export const rubbish = {
  check: kernel.check,
  needs: kernel.needs,
  run: async () => [
    { kernel: release(), ...(await runAva('rubbish', { wrapper: ['unshare', '--net', ...mountedWrapper] })) },
  ],
}
