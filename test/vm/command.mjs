import { homedir } from 'node:os'

/** The script for the guest's shell: runs the command in the checkout, with the same environment wherever the lane was started. */
export function script({ node, setup }, checkout, command, env) {
  const variables = {
    PATH: `${node}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: homedir(),
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    EBPF_EMULATED: '1',
    ...env,
  }
  const assignments = Object.entries(variables).map(([name, value]) => quote(`${name}=${value}`))
  const words = [...assignments, ...command.map(quote)].join(' ')
  return ['set -e', `cd ${quote(checkout)}`, ...setup, `exec env -i ${words}`, ''].join('\n')
}

const quote = (text) => `'${String(text).replaceAll("'", "'\\''")}'`
