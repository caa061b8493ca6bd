import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { capture } from './run.mjs'

/**
 * The prefix to give node-gyp as --nodedir. It has the headers of this Node: beside the binary, as its archives and packages
 * install them, or where npm is configured to look. Undefined if node-gyp has to download them.
 */
export async function nodePrefix() {
  const beside = dirname(dirname(process.execPath))
  if (hasHeaders(beside)) return beside
  const { stdout } = await capture('npm', ['config', 'get', 'nodedir'])
  const configured = stdout.trim()
  return hasHeaders(configured) ? configured : undefined
}

/** Debian's headers, of another version of Node: enough for an addon that uses only Node-API and libuv. */
export const debianHeaders = { package: 'libnode-dev', prefix: '/usr' }

const hasHeaders = (prefix) => existsSync(join(prefix, 'include/node/node_api.h'))
