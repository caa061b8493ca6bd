import { mkdirSync } from 'node:fs'
import { ensurePackages } from '../../../scripts/lib/apt.mjs'
import { say, yellow } from '../../../scripts/lib/print.mjs'
import { inRoot } from '../../../scripts/lib/root.mjs'
import { run } from '../../../scripts/lib/run.mjs'
import { buildLibbpfRs } from './libbpf-rs.mjs'
import { npmFolder } from './npm-bpf.mjs'

const debian = ['golang-go', 'golang-github-cilium-ebpf-dev', 'python3-bpfcc', 'bpftrace', 'iperf3']

const installers = {
  Debian: () => ensurePackages(debian),
  npm() {
    mkdirSync(inRoot(npmFolder), { recursive: true })
    return run('npm', ['install', '--prefix', inRoot(npmFolder), 'bpf'])
  },
  cargo: buildLibbpfRs,
}

/** Installs the peers that are missing; what cannot be had here is told and left out. */
export async function installPeers() {
  for (const [source, install] of Object.entries(installers)) {
    try {
      await install()
    } catch (error) {
      say(yellow(`no peers from ${source}: ${error.message}`))
    }
  }
}
