import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { CliError } from '../cli-error.js'

const script = 'bin/node-gyp.js'

/** The script of node-gyp: the one that npm says it uses, the project's own, that of the npm on PATH, that of Debian's package. */
export function findNodeGyp(root: string): string {
  const found = [process.env.npm_config_node_gyp, installed(root), ofNpm(), join('/usr/share/nodejs/node-gyp', script)]
    .filter((path) => path !== undefined)
    .find(existsSync)
  if (found) return found
  throw new CliError('there is no node-gyp here; npm install --no-save node-gyp brings one, then run this again')
}

function installed(root: string): string | undefined {
  try {
    const manifest = createRequire(`${root}/`).resolve('node-gyp/package.json', { paths: [process.cwd(), root] })
    return join(dirname(manifest), script)
  } catch {
    return undefined
  }
}

function ofNpm(): string | undefined {
  const npm = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'npm'))
    .find((path) => existsSync(path))
  // …/npm/bin/npm-cli.js
  return npm && join(dirname(dirname(realpathSync(npm))), 'node_modules/node-gyp', script)
}
