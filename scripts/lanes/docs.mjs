import { release } from 'node:os'
import { runAva } from '../lib/ava.mjs'
import { kernel, mountedWrapper } from './kernel.mjs'

/** The pages of docs/ and the examples that they show. */
export const docs = {
  check: kernel.check,
  needs: kernel.needs,
  run: async () => [{ kernel: release(), ...(await runAva('docs', { wrapper: mountedWrapper })) }],
}
