import { mkdirSync } from 'node:fs'
import { ensurePackages } from '../../../scripts/lib/apt.mjs'
import { inRoot } from '../../../scripts/lib/root.mjs'
import { run } from '../../../scripts/lib/run.mjs'
import { npmFolder } from './npm-bpf.mjs'

const debian = ['golang-go', 'golang-github-cilium-ebpf-dev', 'python3-bpfcc', 'bpftrace', 'iperf3']

/** Installs the peers that are missing and can be had, by apt and npm. */
export async function installPeers() {
  await ensurePackages(debian)
  mkdirSync(inRoot(npmFolder), { recursive: true })
  await run('npm', ['install', '--prefix', inRoot(npmFolder), 'bpf'])
}
