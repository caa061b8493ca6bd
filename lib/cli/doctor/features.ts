import { type AttachKind, hasAttach, hasMapType } from '../../kernel/probe.js'
import { answered, type Check } from './check.js'

/** What is said of a way to attach that does not work here. */
const instead: Record<AttachKind, string> = {
  tcx: 'Linux 6.6; clsact filters are used instead, which a killed process leaves behind',
  netkit: 'Linux 6.7 with CONFIG_NETKIT; veth devices with TC programs do the same',
  xdp: 'TC programs see packets later and cost more',
  raw_tracepoint: 'Linux 4.17; use tracepoints',
  tp_btf: 'Linux 5.5 with CONFIG_DEBUG_INFO_BTF; use raw tracepoints',
  tracepoint: 'mount tracefs; use raw tracepoints',
  fentry: 'Linux 5.5 with trampolines, and no lockdown that forbids it; use kprobes or tracepoints',
  kprobe: 'CONFIG_KPROBE_EVENTS; use tracepoints',
  'kprobe.multi': 'Linux 5.18 with CONFIG_FPROBE; use one kprobe for each function',
  uprobe: 'CONFIG_UPROBE_EVENTS',
  'uprobe.multi': 'Linux 6.6; use one uprobe for each place',
  lsm: 'CONFIG_BPF_LSM, bpf in lsm= of the command line, and securityfs mounted to see it',
  netfilter: 'Linux 6.4 with CONFIG_NETFILTER_BPF_LINK; use TC programs',
  struct_ops: 'Linux 5.6 with CONFIG_BPF_JIT',
  cookie: 'Linux 5.15; use a program or a map entry for each place',
}

const mapTypes: Readonly<Record<string, string>> = {
  ringbuf: 'Linux 5.8; use a perf event array',
  user_ringbuf: 'Linux 6.1; use a queue',
  bloom_filter: 'Linux 5.16; use a hash',
  cgrp_storage: 'Linux 6.2; use cgroup_storage or a hash by cgroup id',
  arena: 'Linux 6.9; use a memory-mapped array',
}

/** What this kernel can do; where it cannot, nothing that this package ships needs it. */
export function featureChecks(): Check[] {
  return [
    ...Object.entries(instead).map(([kind, advice]) =>
      check('attach', kind, advice, () => hasAttach(kind as AttachKind)),
    ),
    ...Object.entries(mapTypes).map(([type, advice]) => check('types', `${type} maps`, advice, () => hasMapType(type))),
  ]
}

function check(area: Check['area'], name: string, advice: string, ask: () => boolean): Check {
  const works = answered(ask)
  if (typeof works === 'string') return { area, name, state: 'unknown', found: works }
  return works ? { area, name, state: 'ok', found: 'works' } : { area, name, state: 'degraded', found: 'no', advice }
}
