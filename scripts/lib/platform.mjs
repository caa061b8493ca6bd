import { Failure } from './run.mjs'

/** Throws unless this is Linux with a Node that the package supports. */
export function checkPlatform() {
  if (process.platform !== 'linux') {
    throw new Failure(`ebpf needs Linux: BPF is a part of its kernel, and this is ${process.platform}.`)
  }
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new Failure(`ebpf needs Node.js 20 or newer, and this is ${process.versions.node}.`)
  }
}

export const isRoot = () => process.getuid() === 0
