import { existsSync, realpathSync } from 'node:fs'
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path'
import { CliError } from '../cli-error.js'

const script = 'bin/node-gyp.js'

/**
 * The script of node-gyp: the one that npm says it uses, one installed beside the package, the one of the npm on PATH, or the one of
 * Debian's package. Never one found only through the working directory: root may run this in a folder that belongs to someone else.
 */
export function findNodeGyp(root: string, env: NodeJS.ProcessEnv = process.env): string {
  const named = env.npm_config_node_gyp
  const found = [
    ...(named !== undefined && isAbsolute(named) ? [named] : []),
    ...foldersBeside(root).map((folder) => join(folder, 'node-gyp', script)),
    ...ofNpm(env),
    join('/usr/share/nodejs/node-gyp', script),
  ].find((path) => existsSync(path))
  if (found) return found
  throw new CliError(
    `there is no node-gyp here; run npm install --no-save node-gyp in the project that has ${root}, then run this again`,
  )
}

/** The node_modules folders that the package may load modules from: its own, and those it is installed in, but none above them. */
export function foldersBeside(root: string): string[] {
  const folders = [join(root, 'node_modules')]
  let parents = 0
  for (let folder = root; folder !== dirname(folder); folder = dirname(folder)) {
    const isModules = basename(folder) === 'node_modules'
    folders.push(isModules ? folder : join(folder, 'node_modules'))
    if (isModules) parents = folders.length
  }
  return [...new Set(folders.slice(0, Math.max(parents, 1)))]
}

/** The absolute folders of PATH; a relative one would depend on the working directory. */
export const absoluteFolders = ({ PATH = '' }: NodeJS.ProcessEnv): string[] => PATH.split(delimiter).filter(isAbsolute)

function ofNpm(env: NodeJS.ProcessEnv): string[] {
  const npm = absoluteFolders(env)
    .map((folder) => join(folder, 'npm'))
    .find((path) => existsSync(path))
  // …/npm/bin/npm-cli.js
  return npm ? [join(dirname(dirname(realpathSync(npm))), 'node_modules/node-gyp', script)] : []
}
