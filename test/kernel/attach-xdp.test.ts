import { BpfError, type XdpOptions } from 'ebpf'
import type { DemoNetwork } from '../../lib/cli/demo/network.js'
import { withAddresses } from '../helpers/demo-network.js'
import { eventually } from '../helpers/eventually.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { loadOnly } from '../helpers/load.js'
import { sendDatagram } from '../helpers/perl.js'

const withPlace = (use: (network: DemoNetwork, place: XdpOptions) => Promise<void>) =>
  withAddresses((network) => use(network, { interface: network.server.interface, netns: network.server.netns.path }))

/** Datagrams that reached UDP, but found no socket. */
function arrived({ server }: DemoNetwork): number {
  const [names = '', values = ''] = server.netns
    .readProcNet('snmp')
    .split('\n')
    .filter((line) => line.startsWith('Udp: '))
  return Number(values.split(' ')[names.split(' ').indexOf('NoPorts')])
}

async function arrives(network: DemoNetwork): Promise<void> {
  const before = arrived(network)
  sendDatagram(network.client.netns, network.server.ipv4)
  await eventually('the datagram arrives', () => arrived(network) > before)
}

for (const mode of ['native', 'generic', undefined] as const) {
  kernelTest(`XDP in ${mode ?? 'the default'} mode passes and drops, and is updated`, {}, (t) =>
    withPlace(async (network, place) => {
      using bpf = loadOnly('network', ['pass', 'drop'])
      using link = bpf.program('pass').attachXdp({ ...place, ...(mode && { mode }) })
      const shown = network.server.netns.ip(`link show ${network.server.interface}`)
      t.regex(shown, mode === 'generic' ? / xdpgeneric / : / xdp /)
      await arrives(network)
      t.true((bpf.globals.passed as bigint) > 0n)

      link.update(bpf.program('drop'))
      t.is(link.program, 'drop')
      const before = arrived(network)
      sendDatagram(network.client.netns, network.server.ipv4)
      await eventually('packets are dropped', () => (bpf.globals.dropped as bigint) > 0n)
      link.close()
      await arrives(network)
      t.is(arrived(network), before + 1)
    }),
  )
}

kernelTest('an interface has one XDP program, which its link holds', {}, (t) =>
  withPlace(async (_network, place) => {
    using bpf = loadOnly('network', ['pass', 'drop'])
    using _link = bpf.program('pass').attachXdp(place)
    t.throws(() => bpf.program('drop').attachXdp(place), {
      instanceOf: BpfError,
      code: 'EBUSY',
      message: /attach drop to xdp/,
    })
    t.throws(() => bpf.program('drop').attachXdp({ ...place, link: false, mode: 'native' }), {
      instanceOf: BpfError,
      code: 'EBUSY',
    })
  }),
)

kernelTest('an XDP program without a link is replaced, and detached by closing', {}, (t) =>
  withPlace(async (network, place) => {
    using bpf = loadOnly('network', ['pass', 'drop'])
    const shown = () => network.server.netns.ip(`link show ${network.server.interface}`)
    const passing = bpf.program('pass').attachXdp({ ...place, link: false })
    t.is(passing.fd, -1)
    t.throws(() => bpf.program('drop').attachXdp({ ...place, link: false }), { instanceOf: BpfError })
    const dropping = bpf.program('drop').attachXdp({ ...place, replace: bpf.program('pass') })
    passing.close()
    t.regex(shown(), new RegExp(`xdp.* id ${bpf.program('drop').info().id} `, 's'))
    await eventually('packets are dropped', () => {
      sendDatagram(network.client.netns, network.server.ipv4)
      return (bpf.globals.dropped as bigint) > 0n
    })
    dropping.close()
    t.notRegex(shown(), /xdp/)
    await arrives(network)
  }),
)

kernelTest('the options of XDP are checked', {}, (t) =>
  withPlace(async (_network, place) => {
    using bpf = loadOnly('network', ['pass'])
    const attach = (options: object) => () => bpf.program('pass').attachXdp({ ...place, ...options })
    t.throws(attach({ mode: 'fast' }), { instanceOf: TypeError, message: /mode .*'fast'/ })
    t.throws(attach({ interface: 0x7fff_ffff }), { instanceOf: BpfError, code: 'EINVAL', message: /xdp/ })
    t.throws(attach({ interface: 'nothing0' }), { instanceOf: BpfError, code: 'ENODEV', message: /nothing0/ })
    t.throws(attach({ netns: '/nonexistent' }), { instanceOf: BpfError, code: 'ENOENT' })
  }),
)
