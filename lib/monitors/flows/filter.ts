import { type OptionNames, requireOptions } from '../../arguments.js'
import type { BpfObject } from '../../object/bpf-object.js'
import type { OpenObject } from '../../object/open-object.js'
import { inherit, parsePrefix } from './prefixes.js'
import { protocolNumber } from './protocols.js'

/** Ends of a flow. Each list matches if any of its entries does. */
export interface EndpointRule {
  /** Addresses and CIDR prefixes that match either end. */
  readonly addresses?: readonly string[]
  readonly sourceAddresses?: readonly string[]
  readonly destinationAddresses?: readonly string[]
  /** Ports, and ranges such as `'8000-8999'`, that match either end. Protocols without ports never match. */
  readonly ports?: readonly (number | string)[]
  readonly sourcePorts?: readonly (number | string)[]
  readonly destinationPorts?: readonly (number | string)[]
}

/** Selects, in the kernel, which packets become flows: every list that is given must match, and nothing in `exclude` may. */
export interface FlowFilter extends EndpointRule {
  /** IANA numbers, or names: `'tcp'`, `'udp'`, `'icmp'`, `'icmpv6'`, `'sctp'`, `'gre'`, ... */
  readonly protocols?: readonly (number | string)[]
  /** Only this direction. The program for the other direction is not attached at all. */
  readonly direction?: 'ingress' | 'egress'
  /** A packet that matches any of these lists is excluded. */
  readonly exclude?: EndpointRule & { readonly protocols?: readonly (number | string)[] }
}

const endpointNames: OptionNames<EndpointRule> = {
  addresses: true,
  sourceAddresses: true,
  destinationAddresses: true,
  ports: true,
  sourcePorts: true,
  destinationPorts: true,
}

const excludeNames: OptionNames<NonNullable<FlowFilter['exclude']>> = { ...endpointNames, protocols: true }

export const filterNames: OptionNames<FlowFilter> = { ...excludeNames, direction: true, exclude: true }

/** enum flow_filter of bpf/flow.h; the bits that exclude are these times 8. */
const bitOf = { either: 1, source: 2, destination: 4 } as const
const excludes = 8

type List<T> = { readonly values: readonly T[]; readonly bit: number }

/** A filter in the form the program takes it: constants, and the contents of two maps. */
export interface CompiledFilter {
  /** @throws {RangeError} naming the value that cannot be used. */
  configure(object: OpenObject): void
  fill(object: BpfObject): void
}

export function compileFilter(filter: FlowFilter = {}): CompiledFilter {
  const { exclude = {}, direction } = filter
  requireOptions(exclude, excludeNames, 'filter.exclude')
  if (direction !== undefined && direction !== 'ingress' && direction !== 'egress') {
    throw new RangeError(`filter.direction must be ingress or egress, not ${String(direction)}`)
  }
  const addresses = lists(filter, exclude, ['addresses', 'sourceAddresses', 'destinationAddresses'])
  const ports = lists(filter, exclude, ['ports', 'sourcePorts', 'destinationPorts'])
  const prefixes = inherit(
    addresses.flatMap(({ values, bit }) => values.map((text) => ({ prefix: parsePrefix(text), bits: bit }))),
  )
  const portBits = new Uint8Array(65_536)
  for (const { values, bit } of ports) for (const value of values) markPorts(portBits, value, bit)
  const protocols = protocolTable(filter.protocols, exclude.protocols)
  const asked = (all: readonly List<unknown>[]) => all.reduce((sum, { bit }) => sum | (bit < excludes ? bit : 0), 0)
  return {
    configure(object) {
      object.globals.filter_by_address = addresses.length > 0
      object.globals.filter_addresses = asked(addresses)
      object.globals.filter_by_port = ports.length > 0
      object.globals.filter_ports = asked(ports)
      object.globals.filter_by_protocol = protocols !== undefined
      if (protocols) object.globals.filter_protocols = protocols
      if (addresses.length > 0) object.map('flow_filter_addresses').maxEntries = prefixes.size
    },
    fill(object) {
      if (addresses.length > 0) {
        const trie = object.map<{ prefixlen: number; address: Uint8Array }, number>('flow_filter_addresses')
        for (const { prefix, bits } of prefixes.values()) {
          trie.set({ prefixlen: prefix.length, address: prefix.address }, bits)
        }
      }
      if (ports.length > 0) object.map<number, Uint8Array>('flow_filter_ports', { value: 'raw' }).set(0, portBits)
    },
  }
}

function lists<K extends keyof EndpointRule>(
  include: EndpointRule,
  exclude: EndpointRule,
  [either, source, destination]: readonly [K, K, K],
): List<NonNullable<EndpointRule[K]>[number]>[] {
  const of = (rule: EndpointRule, factor: number) =>
    [
      { values: rule[either], bit: bitOf.either * factor },
      { values: rule[source], bit: bitOf.source * factor },
      { values: rule[destination], bit: bitOf.destination * factor },
    ].flatMap(({ values, bit }) => (values === undefined ? [] : [{ values, bit }]))
  return [...of(include, 1), ...of(exclude, excludes)]
}

function markPorts(bits: Uint8Array, ports: number | string, bit: number): void {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(String(ports)) ?? []
  const from = Number(first)
  const to = Number(last)
  if (!(from <= to && to <= 65_535)) throw new RangeError(`'${ports}' is neither a port nor a range such as 8000-8999`)
  for (let port = from; port <= to; port++) bits[port] = (bits[port] ?? 0) | bit
}

/** 1 for each protocol that passes; undefined if all do. */
function protocolTable(
  include: readonly (number | string)[] | undefined,
  exclude: readonly (number | string)[] | undefined,
): number[] | undefined {
  if (!include && !exclude) return undefined
  const passes = new Array<number>(256).fill(include ? 0 : 1)
  for (const protocol of include ?? []) passes[protocolNumber(protocol)] = 1
  for (const protocol of exclude ?? []) passes[protocolNumber(protocol)] = 0
  return passes
}
