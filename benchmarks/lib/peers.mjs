import { mkdirSync } from 'node:fs'
import { inRoot } from '../../scripts/lib/root.mjs'
import { bcc } from './peers/bcc.mjs'
import { ciliumEbpf } from './peers/cilium-ebpf.mjs'
import { built } from './peers/folder.mjs'
import { libbpf } from './peers/libbpf.mjs'
import { libbpfRs } from './peers/libbpf-rs.mjs'
import { npmBpf } from './peers/npm-bpf.mjs'
import { tool } from './peers/tool.mjs'

const optional = {
  'libbpf-rs': libbpfRs,
  'cilium/ebpf': ciliumEbpf,
  bcc,
  'npm bpf': npmBpf,
  bpftrace: tool('bpftrace'),
  iperf3: tool('iperf3'),
}

/**
 * The peers, and tools, that can run here: `{ name: { version, command(program, ...args) } }`, and for those that cannot why not. C
 * is always there; the rest is used where it is installed.
 */
export async function findPeers() {
  mkdirSync(inRoot(built), { recursive: true })
  const found = { libbpf: await libbpf() }
  const missing = {}
  for (const [name, find] of Object.entries(optional)) {
    const peer = await find()
    if (typeof peer === 'string') missing[name] = peer
    else found[name] = peer
  }
  return { found, missing }
}

/** Those of the named peers that are there, as contestants that others are compared with. */
export const rivals = (peers, names, ...command) =>
  names.filter((name) => name in peers).map((name) => ({ name, peer: name, command: peers[name].command(...command) }))
