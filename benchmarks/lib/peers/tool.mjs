import { onPath } from '../../../scripts/lib/apt.mjs'
import { run } from '../../../scripts/lib/run.mjs'

/** A program that is used as it is installed. */
export const tool = (name) => async () => {
  if (!onPath(name)) return 'it is not installed'
  const [line] = (await run(name, ['--version'])).split('\n')
  return { version: line.replace(`${name} `, ''), command: (...args) => [name, ...args.map(String)] }
}
