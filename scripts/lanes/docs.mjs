import { release } from 'node:os'
import { runAva } from '../lib/ava.mjs'
import { kernel, mountedWrapper } from './kernel.mjs'

/** Examples watch loopback: not that of the machine. */
const ownNetwork = ['unshare', '--net', 'sh', '-euc', 'ip link set lo up; exec "$@"', 'sh']

/** The pages of docs/ and the examples that they show. */
export const docs = {
  check: kernel.check,
  needs: kernel.needs,
  run: async () => [{ kernel: release(), ...(await runAva('docs', { wrapper: [...ownNetwork, ...mountedWrapper] })) }],
}
