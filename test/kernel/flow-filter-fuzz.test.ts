import { BlockList } from 'node:net'
import test from 'ava'
import type { Flow, FlowFilter } from 'ebpf/flows'
import { closeRuns, isRunnable, run } from '../helpers/flow-runs.js'
import { lineOf } from '../helpers/packet-oracle.js'
import { Random, seedOfRun } from '../helpers/random.js'
import { randomFrame } from '../helpers/random-packets.js'
import '../helpers/no-leaks.js'

const seed = seedOfRun()

test.after.always(closeRuns)

type Rule = NonNullable<FlowFilter['exclude']>
type End = { readonly address: string; readonly port: number | undefined }

const prefixes = [
  '192.0.2.0/24',
  '192.0.2.1',
  '10.0.0.0/8',
  '0.0.0.0/0',
  '::/0',
  '::',
  '2001:db8::/32',
  '64:ff9b::/96',
  'ff00::/8',
]
const ports = [0, 53, 80, 4789, '1000-2000', '8472-65535']
const protocols = [1, 6, 'udp', 'icmpv6', 132, 'gre']

function randomRule(random: Random, likely: number): Rule {
  const maybe = <T>(name: keyof Rule, values: readonly T[]) =>
    random.below(10) < likely && {
      [name]: Array.from({ length: 1 + random.below(3) }, () => values[random.below(values.length)]),
    }
  return {
    ...maybe('addresses', prefixes),
    ...maybe('sourceAddresses', prefixes),
    ...maybe('destinationAddresses', prefixes),
    ...maybe('ports', ports),
    ...maybe('sourcePorts', ports),
    ...maybe('destinationPorts', ports),
    ...maybe('protocols', protocols),
  }
}

function inPrefix(address: string, text: string): boolean {
  const [host = '', bits] = text.split('/')
  const family = host.includes(':') ? 'ipv6' : 'ipv4'
  const list = new BlockList()
  list.addSubnet(host, Number(bits ?? (family === 'ipv4' ? 32 : 128)), family)
  return family === (address.includes(':') ? 'ipv6' : 'ipv4') && list.check(address, family)
}

function inRange(port: number, text: number | string): boolean {
  const [from, to = from] = String(text).split('-').map(Number)
  return port >= Number(from) && port <= Number(to)
}

const numberOf: Record<string, number> = { udp: 17, icmpv6: 58, gre: 47 }

/** Which lists of a rule match a flow. */
function held(rule: Rule, flow: Flow): boolean[] {
  const hasPorts = [6, 17, 33, 132, 136].includes(flow.protocol) && !flow.orphan
  const source: End = { address: flow.sourceAddress, port: hasPorts ? flow.sourcePort : undefined }
  const destination: End = { address: flow.destinationAddress, port: hasPorts ? flow.destinationPort : undefined }
  const address = (list: readonly string[] | undefined, ends: readonly End[]) =>
    list?.some((prefix) => ends.some((end) => inPrefix(end.address, prefix)))
  const port = (list: readonly (number | string)[] | undefined, ends: readonly End[]) =>
    list?.some((range) => ends.some((end) => end.port !== undefined && inRange(end.port, range)))
  return [
    address(rule.addresses, [source, destination]),
    address(rule.sourceAddresses, [source]),
    address(rule.destinationAddresses, [destination]),
    port(rule.ports, [source, destination]),
    port(rule.sourcePorts, [source]),
    port(rule.destinationPorts, [destination]),
    rule.protocols?.some((protocol) => (numberOf[protocol] ?? protocol) === flow.protocol),
  ].filter((holds) => holds !== undefined)
}

const passes = ({ exclude = {}, ...include }: FlowFilter, flow: Flow) =>
  held(include, flow).every(Boolean) && !held(exclude, flow).some(Boolean)

test('random filters let pass what their lists say', async (t) => {
  t.log(`SEED=${seed}`)
  const random = new Random(seed)
  const frames = Array.from({ length: 800 }, () => randomFrame(random)).filter(isRunnable)
  // Twice: the second time, the fragments find what is left of their first ones.
  await run(frames)
  const { flows } = await run(frames)
  for (let i = 0; i < 8; i++) {
    const filter: FlowFilter = { ...randomRule(random, 2), exclude: randomRule(random, 1) }
    await run(frames, { filter })
    const { flows: found, filtered, malformed, nonIp } = await run(frames, { filter })
    const lines = (all: readonly Flow[]) => all.map((flow) => `${lineOf(flow)}: ${flow.packets}`).sort()
    t.deepEqual(lines(found), lines(flows.filter((flow) => passes(filter, flow))), JSON.stringify(filter))
    const sum = found.reduce((total, { packets }) => total + packets, 0)
    t.is(sum + filtered.packets + malformed.packets + nonIp.packets, frames.length)
  }
})
