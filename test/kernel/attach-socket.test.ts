import { spawnSync } from 'node:child_process'
import { createSocket, type Socket as DatagramSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { BpfError, type BpfObject, queryPrograms } from 'ebpf'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { addAddresses, createNetwork, removeNetwork } from '../../lib/cli/demo/network.js'
import { eventually } from '../helpers/eventually.js'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { loadOnly } from '../helpers/load.js'
import { perl, sendDatagram } from '../helpers/perl.js'

/** Node's own handle has the descriptor. */
const fdOf = (socket: Socket | DatagramSocket): number => {
  const holder = socket as unknown as Record<string | symbol, { handle?: { fd: number }; fd?: number }>
  const state = Object.getOwnPropertySymbols(socket).find((symbol) => symbol.description === 'state symbol')
  return (state === undefined ? holder._handle?.fd : holder[state]?.handle?.fd) ?? -1
}

async function inNetns(use: (netns: NetworkNamespace) => void | Promise<void>): Promise<void> {
  const netns = await NetworkNamespace.create()
  try {
    await use(netns)
  } finally {
    await netns.remove()
  }
}

/** Two ends of a connection over loopback. The first is in the map before its first byte. */
async function withPair(bpf: BpfObject, use: (ours: Socket, theirs: Socket) => Promise<void>): Promise<void> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const ours = connect(port, '127.0.0.1')
  const [[theirs]] = (await Promise.all([once(server, 'connection'), once(ours, 'connect')])) as [[Socket], unknown]
  try {
    bpf.map('sockets').set(0, fdOf(ours))
    await use(ours, theirs)
  } finally {
    ours.destroy()
    theirs.destroy()
    server.close()
  }
}

kernelTest('an sk_msg program judges what the sockets of its map send', {}, async (t) => {
  using bpf = loadOnly('sockmap', ['on_send'])
  const link = bpf.program('on_send').attachSockmap(bpf.map('sockets'))
  await withPair(bpf, async (ours, theirs) => {
    ours.write('through')
    t.is(String((await once(theirs, 'data'))[0]), 'through')
    t.is(bpf.globals.sent, 1n)
    bpf.globals.verdict = 0
    ours.write('refused')
    const [error] = (await once(ours, 'error')) as [NodeJS.ErrnoException]
    t.is(error.code, 'EACCES')
    t.is(bpf.globals.sent, 2n)
  })
  link.close()
  link.close()
  bpf.globals.verdict = 1
  await withPair(bpf, async (ours, theirs) => {
    ours.write('past it')
    t.is(String((await once(theirs, 'data'))[0]), 'past it')
    t.is(bpf.globals.sent, 2n)
  })
})

kernelTest('sk_skb programs parse and judge what the sockets of their map receive', {}, async (t) => {
  using bpf = loadOnly('sockmap', ['on_stream', 'on_receive'])
  using _parser = bpf.program('on_stream').attachSockmap(bpf.map('sockets'))
  using _verdict = bpf.program('on_receive').attachSockmap(bpf.map('sockets'))
  await withPair(bpf, async (ours, theirs) => {
    theirs.write('through')
    t.is(String((await once(ours, 'data'))[0]), 'through')
    t.true((bpf.globals.parsed as bigint) >= 1n)
    const judged = bpf.globals.received as bigint
    t.true(judged >= 1n)
    bpf.globals.verdict = 0
    ours.on('data', (text) => t.fail(`this came through: ${text}`))
    theirs.write('refused')
    await eventually('the data is judged', () => (bpf.globals.received as bigint) > judged)
    await sleep(20)
  })
})

kernelTest('the programs of a sock map are queried', { needs: ['sockmap_query'] }, (t) => {
  using bpf = loadOnly('sockmap', ['on_send', 'on_receive'])
  const query = (attachType: 'sk_msg_verdict' | 'sk_skb_stream_verdict') =>
    queryPrograms({ map: bpf.map('sockets'), attachType }).programs
  using link = bpf.program('on_send').attachSockmap(bpf.map('sockets'))
  t.deepEqual(query('sk_msg_verdict'), [{ id: bpf.program('on_send').info().id }])
  t.deepEqual(query('sk_skb_stream_verdict'), [])
  link.close()
  t.deepEqual(query('sk_msg_verdict'), [])
})

kernelTest('a link to a sock map gets another program', { needs: ['sockmap_link'] }, async (t) => {
  using bpf = loadOnly('sockmap', ['on_send'])
  using refusing = loadOnly('sockmap', ['on_send'], { verdict: 0 })
  using link = bpf.program('on_send').attachSockmap(bpf.map('sockets'))
  t.true(link.fd > 0)
  link.update(refusing.program('on_send'))
  await withPair(bpf, async (ours) => {
    ours.write('refused')
    const [error] = (await once(ours, 'error')) as [NodeJS.ErrnoException]
    t.is(error.code, 'EACCES')
  })
  t.is(refusing.globals.sent, 1n)
})

kernelTest('what is no sock map is refused', {}, (t) => {
  using bpf = loadOnly('sockmap', ['on_send'])
  using other = loadOnly('cgroup', ['connect4'])
  const program = bpf.program('on_send')
  t.throws(() => program.attachSockmap(other.map('runs')), {
    instanceOf: BpfError,
    message: /attach on_send to sock map/,
  })
  t.throws(() => program.attachSockmap({ fd: -1 }), { instanceOf: RangeError, message: /map .*-1/ })
  t.throws(() => other.program('connect4').attachSockmap(bpf.map('sockets')), {
    instanceOf: TypeError,
    message: /connect4 is of type cgroup_sock_addr, which cannot be attached to sock map/,
  })
  const closed = bpf.map('sockets')
  closed.close()
  t.throws(() => program.attachSockmap(closed), { instanceOf: BpfError, code: 'EBADF' })
})

kernelTest('an sk_lookup program hides the sockets of a network namespace', {}, (t) =>
  inNetns((netns) => {
    const connecting = `
      socket my $server, AF_INET, SOCK_STREAM, 0;
      bind $server, sockaddr_in(0, inet_aton '127.0.0.1') and listen $server, 1 or die $!;
      socket my $client, AF_INET, SOCK_STREAM, 0;
      print connect($client, getsockname $server) ? 'connected' : $!;`
    using bpf = loadOnly('network', ['hide_sockets', 'pass'])
    const link = bpf.program('hide_sockets').attachNetns({ netns: netns.path })
    t.is(perl(netns, connecting), 'Connection refused')
    t.true((bpf.globals.looked_up as bigint) > 0n)
    t.deepEqual(queryPrograms({ netns: netns.path, attachType: 'sk_lookup' }).programs, [
      { id: bpf.program('hide_sockets').info().id },
    ])
    using other = loadOnly('network', ['hide_sockets'])
    link.update(other.program('hide_sockets'))
    t.is(perl(netns, connecting), 'Connection refused')
    t.true((other.globals.looked_up as bigint) > 0n)
    link.close()
    t.is(perl(netns, connecting), 'connected')
    t.throws(() => bpf.program('hide_sockets').attachNetns({ netns: '/dev/null' }), { instanceOf: BpfError })
    t.throws(() => bpf.program('pass').attachNetns({ netns: netns.path }), {
      instanceOf: TypeError,
      message: /type xdp/,
    })
  }),
)

kernelTest('a flow dissector dissects the packets of a network namespace', {}, async (t) => {
  const network = await createNetwork(1)
  try {
    addAddresses(network)
    const { netns, interface: name } = network.client
    using bpf = loadOnly('network', ['dissect', 'rehash'])
    using _rehash = bpf.program('rehash').attachClsact({ interface: name, netns: netns.path, direction: 'egress' })
    using _link = bpf.program('dissect').attachNetns({ netns: netns.path })
    t.throws(() => bpf.program('dissect').attachNetns({ netns: netns.path }), {
      instanceOf: BpfError,
      code: 'E2BIG',
      message: /attach dissect to netns/,
    })
    await eventually('packets are dissected', () => {
      sendDatagram(netns, network.server.ipv4)
      return (bpf.globals.dissected as bigint) > 0n
    })
    t.pass()
  } finally {
    await removeNetwork(network)
  }
})

kernelTest('a netfilter program drops what its hook sees', { needs: ['netfilter'] }, (t) =>
  inNetns((netns) => {
    const send = () =>
      perl(
        netns,
        `socket my $s, AF_INET, SOCK_DGRAM, 0;
      print send($s, 'ebpf', 0, sockaddr_in(9, inet_aton '127.0.0.1')) ? 'sent' : $!`,
      )
    using bpf = loadOnly('network', ['drop_all'])
    const place = { netns: netns.path, family: 'ipv4', hook: 'output', priority: -10 } as const
    const link = bpf.program('drop_all').attachNetfilter(place)
    t.is(send(), 'Operation not permitted')
    t.true((bpf.globals.hooked as bigint) > 0n)
    t.throws(() => bpf.program('drop_all').attachNetfilter(place), {
      instanceOf: BpfError,
      message: /netfilter output/,
    })
    bpf
      .program('drop_all')
      .attachNetfilter({ ...place, hook: 'input', defragment: true })
      .close()
    link.close()
    t.is(send(), 'sent')
    const attach = (options: object) => () => bpf.program('drop_all').attachNetfilter({ ...place, ...options })
    t.throws(attach({ hook: 'outside' }), { instanceOf: TypeError, message: /hook .*'outside'/ })
    t.throws(attach({ family: 'arp' }), { instanceOf: TypeError, message: /family .*'arp'/ })
    t.throws(attach({ priority: 2 ** 31 }), { instanceOf: RangeError, message: /priority .*2147483648/ })
    t.throws(attach({ priority: Number.NaN }), { instanceOf: RangeError, message: /NaN/ })
    t.throws(attach({ defragment: 1 }), { instanceOf: TypeError, message: /defragment/ })
  }),
)

kernelTest('a socket filter keeps datagrams from the socket that it is attached to', {}, async (t) => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  const sender = createSocket('udp4')
  try {
    await once(socket, 'listening')
    using bpf = loadOnly('network', ['keep_nothing'])
    const link = bpf.program('keep_nothing').attachSocketFilter({ fd: fdOf(socket) })
    t.is(link.fd, -1)
    sender.send('kept back', socket.address().port, '127.0.0.1')
    await eventually('the datagram is filtered', () => bpf.globals.filtered === 1n)
    link.close()
    sender.send('received', socket.address().port, '127.0.0.1')
    t.is(String((await once(socket, 'message'))[0]), 'received')
    t.is(bpf.globals.filtered, 1n)
    t.throws(() => bpf.program('keep_nothing').attachSocketFilter({ fd: bpf.program('keep_nothing').fd }), {
      instanceOf: BpfError,
      code: 'ENOTSOCK',
      message: /keep_nothing to socket filter/,
    })
  } finally {
    socket.close()
    sender.close()
  }
})

kernelTest('closing a socket filter spares a socket that has got its number', {}, async (t) => {
  using bpf = loadOnly('network', ['keep_nothing'])
  const first = createSocket('udp4').bind(0, '127.0.0.1')
  await once(first, 'listening')
  const fd = fdOf(first)
  const stale = bpf.program('keep_nothing').attachSocketFilter({ fd })
  first.close()
  await once(first, 'close')
  const sender = createSocket('udp4')
  const sockets: DatagramSocket[] = []
  try {
    // The lowest free number is taken first, and there may be others.
    let heir: DatagramSocket
    do {
      heir = createSocket('udp4').bind(0, '127.0.0.1')
      sockets.push(heir)
      await once(heir, 'listening')
    } while (fdOf(heir) !== fd && sockets.length < 50)
    t.is(fdOf(heir), fd)
    using _link = bpf.program('keep_nothing').attachSocketFilter({ fd })
    stale.close()
    sender.send('kept back', heir.address().port, '127.0.0.1')
    await eventually('the datagram is filtered', () => bpf.globals.filtered === 1n)
  } finally {
    for (const socket of [...sockets, sender]) socket.close()
  }
})

kernelTest('a socket filter sees the packets of an interface', {}, async (t) => {
  const network = await createNetwork(1)
  try {
    addAddresses(network)
    const { netns, interface: name } = network.client
    using bpf = loadOnly('network', ['keep_nothing'])
    const link = bpf.program('keep_nothing').attachSocketFilter({ interface: name, netns: netns.path })
    t.is(link.kind, 'socket')
    await eventually('a packet is seen', () => {
      sendDatagram(netns, network.server.ipv4)
      return (bpf.globals.filtered as bigint) > 0n
    })
    link.close()
    const seen = bpf.globals.filtered
    sendDatagram(netns, network.server.ipv4)
    t.is(bpf.globals.filtered, seen)
  } finally {
    await removeNetwork(network)
  }
})

kernelTest('a reuseport program chooses who receives', {}, (t) =>
  inNetns((netns) => {
    // Node does not set SO_REUSEPORT: Perl makes the socket and becomes Node.
    const program = `
      import { createSocket } from 'node:dgram'
      import { open } from 'ebpf'
      const object = open(${JSON.stringify(fixture('network'))})
      for (const program of object.programs.values()) program.autoload = program.name === 'choose_none'
      using_(object.loadSync())
      function using_(bpf) {
        const fd = Number(process.env.SOCKET)
        const link = bpf.program('choose_none').attachReuseport({ fd })
        const sender = createSocket('udp4')
        sender.send('dropped', Number(process.env.PORT), '127.0.0.1', () => {
          const chosen = bpf.globals.chosen
          link.close()
          sender.send('not asked', Number(process.env.PORT), '127.0.0.1', () => {
            console.log(String(chosen), String(bpf.globals.chosen))
            sender.close()
            bpf.close()
          })
        })
      }`
    const opener = `
      $^F = 1000;
      socket my $s, AF_INET, SOCK_DGRAM, 0 or die $!;
      setsockopt $s, SOL_SOCKET, SO_REUSEPORT, 1 or die $!;
      bind $s, sockaddr_in(0, inet_aton '127.0.0.1') or die $!;
      $ENV{SOCKET} = fileno $s;
      ($ENV{PORT}) = sockaddr_in(getsockname $s);
      exec @ARGV or die $!;`
    const node = [process.execPath, '--input-type=module', '-e', program]
    const { stdout, stderr } = spawnSync(
      'nsenter',
      [`--net=${netns.path}`, 'perl', '-MSocket', '-e', opener, ...node],
      {
        encoding: 'utf8',
      },
    )
    t.is(stdout, '1 1\n', stderr)
  }),
)
