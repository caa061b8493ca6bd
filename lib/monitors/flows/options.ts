import { type OptionNames, requireNumber, requireOptions, show } from '../../arguments.js'
import { netnsList } from '../../net/namespace.js'
import type { Path } from '../../path.js'
import { type SnapshotOptions, snapshotNames } from '../shared/snapshots.js'
import { type TcpMonitorOptions, tcpMonitorNames } from '../tcp/tcp-monitor.js'
import { type FlowFilter, filterNames } from './filter.js'

/** Options of `monitorFlows` and `FlowMonitor.open`. */
export interface FlowMonitorOptions {
  /**
   * Names and patterns of the interfaces to watch in each `netns`, as `interfaceMatcher` takes them: `eth0`, `veth*`, `!docker0`.
   * Interfaces that appear later are watched from then on. Default: every one but loopback.
   */
  readonly interfaces?: string | readonly string[]
  /** Network namespaces by file or by name, as in `NetnsOptions.netns`. Default: the process's own. */
  readonly netns?: Path | readonly Path[]
  /**
   * Which end's directions are reported for an interface that leads to another network namespace, such as the host's end of a container's
   * veth pair: `host` as this interface counts them, `peer` as the other end does, so what comes in here goes out. Default: `host`.
   */
  readonly perspective?: 'host' | 'peer'
  /**
   * Flows that one interval can hold; packets of flows that do not fit are counted in `lost`. Each takes about 400 bytes of kernel memory
   * (two tables) and, while it is remembered, about as much in the process. Default: 65536.
   */
  readonly maxEntries?: number
  /** `tcx` needs Linux 6.6; `clsact` works on all. Default: `auto`, TCX if the kernel supports it. */
  readonly attach?: 'auto' | 'tcx' | 'clsact'
  /** Which packets become flows; all others are counted in `filtered`. Default: all. */
  readonly filter?: FlowFilter
  /**
   * For packets in IP-in-IP, GRE, VXLAN (ports 4789 and 8472) and Geneve (6081) tunnels: count by the outer header or by the inner one, at
   * most two deep. If the inner packet is not IP, or not complete in this packet, the outer header is used. Default: `outer`.
   */
  readonly tunnels?: 'outer' | 'inner'
  /** Looks at one packet in this many, picked at random; the others are counted in `unsampled`. Default: 1, every packet. */
  readonly sampling?: number
  /**
   * Also follows the TCP sockets of this machine, in every network namespace: fills `socket` of a flow and `tcp` of a snapshot. Also
   * needs CAP_PERFMON. `true` means `{ connections: true, drops: true }`; an object's options are added to these. Default: false.
   */
  readonly sockets?: boolean | TcpMonitorOptions
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

/** The options, with the defaults filled in. */
export interface CheckedFlowOptions extends Required<Omit<FlowMonitorOptions, 'netns' | 'sockets'>> {
  readonly netns?: readonly string[]
  readonly sockets?: TcpMonitorOptions
}

/** @throws {TypeError} @throws {RangeError} naming the option and its value. A watcher, a filter or a map checks its own options. */
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
        ...(sockets !== true && requireOptions(sockets, tcpMonitorNames, 'sockets')),
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
