import { dirname, join } from 'node:path'
import { nodeFolder } from '../../scripts/lib/node-binaries.mjs'
import { foreignObjects } from '../../scripts/steps/bpf.mjs'
import { architectures, nativeArchitecture } from './architectures.mjs'
import { rootOf } from './root-files.mjs'

/**
 * The user space of a guest: `root`, the folder of this machine that becomes its root; `busybox`; `node`, the folder in the guest with
 * the command; `visible`, folders of this machine and their paths in the guest; `setup`, shell commands to run in the checkout.
 */
export const userlandOf = (architecture, checkout, log) =>
  architecture === nativeArchitecture() ? native(checkout) : foreign(architecture, checkout, log)

/** This machine's own files. `visible` lists the needed folders that the guest's mounts would hide. */
function native(checkout) {
  const node = dirname(process.execPath)
  const hidden = [checkout, node].filter((path) => /^\/(dev|run|tmp)\//.test(path))
  return { root: '/', busybox: '/bin/busybox', node, visible: hidden.map((path) => [path, path]), setup: [] }
}

/** The release of Node.js in the guest: the oldest that the package supports. */
const release = 20

/** Debian and Node.js for that architecture, and the checkout with objects compiled for it instead of for this machine. */
async function foreign(architecture, checkout, log) {
  const { node } = architectures[architecture]
  const root = await rootOf(architecture, log)
  const prefix = '/usr/local'
  const visible = [
    [checkout, checkout],
    [await nodeFolder(release, node), prefix],
  ]
  const objects = foreignObjects(node)
  const setup = [
    `[ ! -d ${objects} ] || cp -r ${objects}/. .`,
    // Otherwise this machine's addon would be found before the one in prebuilds/.
    '[ ! -d build ] || mount -t tmpfs tmpfs build',
  ]
  return { root, busybox: join(root, 'bin/busybox'), node: join(prefix, 'bin'), visible, setup }
}
