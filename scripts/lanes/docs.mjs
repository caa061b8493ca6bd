import { release } from 'node:os'
import { runAva } from '../lib/ava.mjs'
import { kernel, mountedWrapper } from './kernel.mjs'

/** The examples watch loopback: that of a network namespace of their own, not the machine's. */
const ownNetwork = ['unshare', '--net', 'sh', '-euc', 'ip link set lo up; exec "$@"', 'sh']

/** The pages of docs/ and the examples that they show. */
export const docs = {
  check: kernel.check,
  // jq, for the lines of docs/command-line.md that show it.
  needs: { ...kernel.needs, packages: [...(kernel.needs.packages ?? []), 'jq'] },
  run: async () => [{ kernel: release(), ...(await runAva('docs', { wrapper: [...ownNetwork, ...mountedWrapper] })) }],
}
