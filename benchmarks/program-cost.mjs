import { ours } from './lib/contestant.mjs'
import { isolated } from './lib/namespace.mjs'

/** What a packet takes in the flow program, by BPF_PROG_RUN. */
export const question = {
  name: 'program-cost',
  title: 'A packet in the flow program, above an empty program',
  metrics: { time: { unit: 'ns/packet' } },
  series({ quick }) {
    const program = (name, packet, options, limit) => ({
      name,
      command: isolated(ours('flow-program', packet, quick ? 3 : 9, JSON.stringify(options))),
      ...(limit && { limits: { time: limit } }),
    })
    const empty = { name: 'empty program', command: isolated(ours('flow-program', 'tcp4', quick ? 3 : 9)) }
    const known = [
      program('TCP over IPv4', 'tcp4', {}, 75),
      program('UDP over IPv4', 'udp4', {}),
      program('TCP over IPv6', 'tcp6', {}),
      program('UDP over IPv6', 'udp6', {}),
      program('IPv4 with options', 'options4', {}),
      program('IPv6 with an extension header', 'extension6', {}),
    ]
    const others = [
      program('new flow', 'tcp4', { flows: 'new', maxEntries: 1 << 20 }),
      program('map full', 'tcp4', { flows: 'new', maxEntries: 1000 }),
      program('filtered out by protocol', 'tcp4', { filter: { protocols: ['udp'] } }),
      program('filtered out by address', 'tcp4', { filter: { addresses: ['198.51.100.0/24'] } }),
      program('1 in 100 sampled', 'tcp4', { sampling: 100 }),
      program('not IP', 'arp', {}),
    ]
    return [
      { name: 'baseline', contestants: [empty] },
      { name: 'known flow', contestants: known },
      { name: 'other', contestants: others },
    ]
  },
}
