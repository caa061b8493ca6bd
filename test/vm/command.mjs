import { homedir } from 'node:os'
import { dirname } from 'node:path'

/** What the guest's shell runs: the command in `root`, with an environment that is the same wherever the lane was started. */
export function script(root, command, env) {
  const variables = {
    PATH: `${dirname(process.execPath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: homedir(),
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    ...env,
  }
  const assignments = Object.entries(variables).map(([name, value]) => quote(`${name}=${value}`))
  return `cd ${quote(root)} && exec env -i ${[...assignments, ...command.map(quote)].join(' ')}\n`
}

const quote = (text) => `'${String(text).replaceAll("'", "'\\''")}'`

/** Of the folders that the command needs, those that the guest's own mounts would hide. */
export const covered = (root) => [root, dirname(process.execPath)].filter((path) => /^\/(dev|run|tmp)\//.test(path))
