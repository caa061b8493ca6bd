import { queryPrograms } from 'ebpf'
import type { FlowMonitor, FlowSnapshot } from 'ebpf/flows'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'

export async function withNamespace<T>(use: (netns: NetworkNamespace) => Promise<T>): Promise<T> {
  const netns = await NetworkNamespace.create()
  try {
    return await use(netns)
  } finally {
    await netns.remove()
  }
}

/** A veth pair inside one namespace. Its first end can send to 198.18.2.2, whose link-layer address it knows. */
export function addPair(netns: NetworkNamespace, name = 'left', { index = '', peer = `${name}-peer` } = {}): void {
  netns.ip(
    `link add ${name} ${index && `index ${index}`} mtu 1000 type veth peer name ${peer} mtu 1000`,
    `link set ${peer} up`,
    `link set ${name} up`,
    `address add 198.18.2.1/24 dev ${name}`,
    `neighbour add 198.18.2.2 lladdr 02:00:00:00:00:02 dev ${name} nud permanent`,
  )
}

export const isUp = (netns: NetworkNamespace, name: string) => netns.ip(`link show ${name}`).includes(' state UP ')

export const sum = (counts: readonly { readonly packets?: number }[]) =>
  counts.reduce((total, { packets = 0 }) => total + packets, 0)

export const udp = ({ flows }: FlowSnapshot) => flows.filter(({ protocol }) => protocol === 17)

/** Programs in both directions of an interface, by their ids. */
export const programsOn = (netns: NetworkNamespace, name: string, kind: 'tcx' | 'clsact'): number[] =>
  (['ingress', 'egress'] as const).flatMap((direction) =>
    queryPrograms({ interface: name, netns: netns.path, attachType: `${kind}_${direction}` }).programs.map(
      ({ id }) => id,
    ),
  )

/** Whether each of these interfaces has a program of the monitor's kind in both directions. */
export const areWatched = (monitor: FlowMonitor, netns: NetworkNamespace, ...names: string[]) =>
  monitor.attachment !== undefined &&
  names.every((name) => programsOn(netns, name, monitor.attachment as 'tcx').length >= 2)
