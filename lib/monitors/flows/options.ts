import { type OptionNames, requireNumber, requireOptions, show } from '../../arguments.js'
import { netnsList } from '../../net/namespace.js'
import type { Path } from '../../path.js'
import { type SnapshotOptions, snapshotNames } from '../shared/snapshots.js'
import { type RetransmitMonitorOptions, retransmitMonitorNames } from '../tcp/retransmit-monitor.js'
import { type FlowFilter, filterNames } from './filter.js'

export interface FlowMonitorOptions {
  /**
   * Names and patterns of the interfaces to watch in each `netns`, as `interfaceMatcher` takes them: `eth0`, `veth*`, `!docker0`.
   * Those that come later are watched from then on. Default: every one but loopback.
   */
  readonly interfaces?: string | readonly string[]
  /** Network namespaces by file or by name, as `NetnsOptions.netns`. Default: the process's own. */
  readonly netns?: Path | readonly Path[]
  /**
   * Whose directions are told of an interface that leads to another network namespace, as the host's end of a container's veth pair
   * does: the `host`'s, as the interface counts them, or the `peer`'s, for which what comes in here goes out. Default: `host`.
   */
  readonly perspective?: 'host' | 'peer'
  /**
   * Flows that one interval can hold; what does not fit is in `lost`. Each takes about 400 bytes of the kernel's memory (two tables)
   * and, while it is remembered, as much of the process's. Default: 65536.
   */
  readonly maxEntries?: number
  /** `tcx` needs Linux 6.6; `clsact` works on all. Default: `auto`, TCX where the kernel has it. */
  readonly attach?: 'auto' | 'tcx' | 'clsact'
  /** Which packets become flows; the rest is counted in `filtered`. Default: all. */
  readonly filter?: FlowFilter
  /**
   * Of packets in IP-in-IP, GRE, VXLAN (ports 4789 and 8472) and Geneve (6081) file the outer one or the inner, two deep at most.
   * An inner one that is not IP, or not whole in this packet, is filed by the outer. Default: `outer`.
   */
  readonly tunnels?: 'outer' | 'inner'
  /** Looks at one packet in so many, by chance; the others are in `unsampled`. Default: 1, every packet. */
  readonly sampling?: number
  /**
   * Also follows the TCP sockets of this machine, in every network namespace: `socket` of a flow, and `sockets` of a snapshot. Needs
   * CAP_PERFMON too. `true` is `{ connections: true, drops: true }`, and what an object has is added to that. Default: false.
   */
  readonly sockets?: boolean | RetransmitMonitorOptions
}

const flowMonitorNames: OptionNames<FlowMonitorOptions & SnapshotOptions> = {
  ...snapshotNames,
  interfaces: true,
  netns: true,
  perspective: true,
  maxEntries: true,
  attach: true,
  filter: true,
  tunnels: true,
  sampling: true,
  sockets: true,
}

/** With the defaults. */
export interface CheckedFlowOptions extends Required<Omit<FlowMonitorOptions, 'netns' | 'sockets'>> {
  readonly netns?: readonly string[]
  readonly sockets?: RetransmitMonitorOptions
}

/** @throws {TypeError} @throws {RangeError} naming the option and its value. What a watcher, a filter or a map looks at is theirs. */
export function checkFlowOptions(options: FlowMonitorOptions): CheckedFlowOptions {
  const {
    interfaces = [],
    netns,
    maxEntries = 65_536,
    sampling = 1,
    filter = {},
    sockets,
  } = requireOptions(options, flowMonitorNames)
  const { perspective = 'host', attach = 'auto', tunnels = 'outer' } = options
  requireOne('perspective', perspective, ['host', 'peer'])
  requireOne('attach', attach, ['auto', 'tcx', 'clsact'])
  requireOne('tunnels', tunnels, ['outer', 'inner'])
  if (!Number.isInteger(requireNumber(sampling, 'sampling')) || sampling < 1 || sampling > 0xffff_ffff) {
    throw new RangeError(`sampling must be an integer from 1 to 4294967295, not ${show(sampling)}`)
  }
  const namespaces = netns === undefined ? undefined : netnsList(netns)
  if (namespaces?.length === 0) throw new RangeError('netns must name at least one network namespace, not []')
  return {
    ...(sockets && {
      sockets: {
        connections: true,
        drops: true,
        ...(sockets !== true && requireOptions(sockets, retransmitMonitorNames, 'sockets')),
      },
    }),
    interfaces,
    ...(namespaces && { netns: namespaces }),
    perspective,
    maxEntries,
    attach,
    filter: requireOptions(filter, filterNames, 'filter'),
    tunnels,
    sampling,
  }
}

function requireOne(name: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) {
    throw new RangeError(`${name} must be ${allowed.slice(0, -1).join(', ')} or ${allowed.at(-1)}, not ${show(value)}`)
  }
}
