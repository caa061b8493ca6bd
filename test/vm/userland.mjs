import { dirname, join } from 'node:path'
import { nodeFolder } from '../../scripts/lib/node-binaries.mjs'
import { foreignObjects } from '../../scripts/steps/bpf.mjs'
import { architectures, nativeArchitecture } from './architectures.mjs'
import { rootOf } from './root-files.mjs'

/**
 * What runs on a guest's kernel: `root`, the folder of this machine that is its root; `busybox`; `node`, the folder in it with
 * the command; `visible`, folders of this machine and where in the guest they are; `setup`, shell commands to run in the checkout.
 */
export const userlandOf = (architecture, checkout, log) =>
  architecture === nativeArchitecture() ? native(checkout) : foreign(architecture, checkout, log)

/** This machine's own files, and of those that are needed the ones that the guest's mounts would hide. */
function native(checkout) {
  const node = dirname(process.execPath)
  const hidden = [checkout, node].filter((path) => /^\/(dev|run|tmp)\//.test(path))
  return { root: '/', busybox: '/bin/busybox', node, visible: hidden.map((path) => [path, path]), setup: [] }
}

/** The release of Node.js: the oldest that the package supports. */
const release = 20

/** Debian and Node.js of that architecture, and the checkout with what is compiled for it instead of what is for this machine. */
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
    // The addon of this machine would be found before the other in prebuilds/.
    '[ ! -d build ] || mount -t tmpfs tmpfs build',
  ]
  return { root, busybox: join(root, 'bin/busybox'), node: join(prefix, 'bin'), visible, setup }
}
