import { release } from 'node:os'
import { runAva } from '../lib/ava.mjs'
import { isRoot } from '../lib/platform.mjs'
import { Failure } from '../lib/run.mjs'
import { native } from './native.mjs'

/** Mounts what a machine without systemd lacks, for the tests only: nothing else sees their mounts. */
const mounted = `
  mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing
  mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
  exec "$@"`
export const mountedWrapper = ['unshare', '--mount', '--propagation', 'private', 'sh', '-euc', mounted, 'sh']

/** Tests this machine's kernel, in network namespaces that the tests make. */
export const kernel = {
  check() {
    if (!isRoot()) throw new Failure('The kernel lane loads BPF programs and makes network namespaces: run it as root.')
  },
  // lld and mold each link a program to trace; openssl signs a loader program.
  needs: { ...native.needs, packages: ['lld', 'mold', 'openssl'] },
  run: async () => [{ kernel: release(), ...(await runAva('kernel', { wrapper: mountedWrapper })) }],
}
