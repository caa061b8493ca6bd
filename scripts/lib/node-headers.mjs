import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { capture } from './run.mjs'

/**
 * The prefix to give node-gyp as --nodedir, where the headers of this Node lie beside it, as its archives and packages
 * install them, or where npm is configured to look; undefined when node-gyp has to download them.
 */
export async function nodePrefix() {
  const beside = dirname(dirname(process.execPath))
  if (hasHeaders(beside)) return beside
  const { stdout } = await capture('npm', ['config', 'get', 'nodedir'])
  const configured = stdout.trim()
  return hasHeaders(configured) ? configured : undefined
}

/** Debian's headers, of another version of Node: enough for an addon that uses Node-API and libuv alone. */
export const debianHeaders = { package: 'libnode-dev', prefix: '/usr' }

const hasHeaders = (prefix) => existsSync(join(prefix, 'include/node/node_api.h'))
