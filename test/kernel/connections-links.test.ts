import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { ExecutionContext } from 'ava'
import { FlowMonitor } from 'ebpf/flows'
import { type Connection, TcpMonitor } from 'ebpf/tcp'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { kernelTest } from '../helpers/kernel-test.js'
import '../helpers/no-leaks.js'
import { perlArguments } from '../helpers/perl.js'

const [port, clientPort] = [8080, 5000]

/** Two links between two namespaces, with the same link-local addresses on both. */
async function withLinks(use: (here: NetworkNamespace, there: NetworkNamespace) => Promise<void>): Promise<void> {
  const here = await NetworkNamespace.create()
  const there = await NetworkNamespace.create()
  try {
    for (const link of [1, 2]) {
      here.ip(
        `link add here${link} type veth peer name there${link} netns ${there.pid}`,
        `link set here${link} up`,
        `address add fe80::1/64 dev here${link} nodad`,
      )
      there.ip(`link set there${link} up`, `address add fe80::2/64 dev there${link} nodad`)
    }
    await use(here, there)
  } finally {
    await here.remove()
    await there.remove()
  }
}

const indexOf = (netns: NetworkNamespace, name: string) => Number(/^(\d+):/.exec(netns.ip(`link show ${name}`))?.[1])

const sockaddr = (last: number, port: number, scope: number) =>
  `pack('S n x4 a16 L', AF_INET6, ${port}, pack('C16', 0xfe, 0x80, (0) x 13, ${last}), ${scope})`

async function start(netns: NetworkNamespace, program: string): Promise<ChildProcess> {
  const child = netns.spawn('perl', perlArguments(`$| = 1; ${program}; print "ready\\n"; <STDIN>`))
  const ended = once(child, 'exit').then(([status]) => {
    throw new Error(`perl ended with status ${status}`)
  })
  await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), ended])
  ended.catch(() => {}) // when it is told to end
  return child
}

async function stop(children: readonly ChildProcess[]): Promise<void> {
  for (const child of children) {
    const ended = once(child, 'exit')
    child.stdin?.end()
    await ended
  }
}

const socket = 'socket my $s, AF_INET6, SOCK_STREAM, 0 or die $!; setsockopt $s, SOL_SOCKET, SO_REUSEADDR, 1 or die $!'

const serve = (link: number) => `${socket}; setsockopt $s, SOL_SOCKET, 25, "there${link}\\0" or die $!;
  bind $s, pack 'S n x24', AF_INET6, ${port} or die $!; listen $s, 9 or die $!`

const talk = (scope: number, bytes: number) => `${socket}; bind $s, ${sockaddr(1, clientPort, scope)} or die $!;
  connect $s, ${sockaddr(2, port, scope)} or die $!; syswrite $s, 'x' x ${bytes} or die $!`

/**
 * A listener and a client on each link. The client sends 1000 bytes over the first link and 3000 over the second, from
 * the same port.
 */
async function talkByBoth(here: NetworkNamespace, there: NetworkNamespace): Promise<ChildProcess[]> {
  const children: ChildProcess[] = []
  for (const link of [1, 2]) children.push(await start(there, serve(link)))
  for (const link of [1, 2]) children.push(await start(here, talk(indexOf(here, `here${link}`), 2000 * link - 1000)))
  return children
}

function separate(t: ExecutionContext, rows: readonly Connection[], netns: NetworkNamespace, name: string) {
  const own = rows.filter((row) => row.netns === netns.inode)
  const byIndex = new Map(own.map((row) => [row.interfaceIndex, row]))
  t.is(own.length, 2)
  return [1, 2].map((link) => byIndex.get(indexOf(netns, `${name}${link}`)) as Connection)
}

kernelTest('connections with the same addresses and ports on two links are two', {}, (t) =>
  withLinks(async (here, there) => {
    using monitor = await TcpMonitor.open({ connections: true })
    const children = await talkByBoth(here, there)
    try {
      const connections = (await monitor.snapshot()).sockets?.connections ?? []
      const [first, second] = separate(t, connections, here, 'here')
      t.like(first, {
        bytesSent: 1000,
        opener: 'local',
        command: 'perl',
        localAddress: 'fe80::1',
        state: 'ESTABLISHED',
      })
      t.like(second, { bytesSent: 3000, opener: 'local', command: 'perl', remotePort: port, state: 'ESTABLISHED' })
      t.not(first?.pid, second?.pid)
      const [third, fourth] = separate(t, connections, there, 'there')
      t.like(third, { bytesReceived: 1000, opener: 'remote', localPort: port })
      t.like(fourth, { bytesReceived: 3000, opener: 'remote', localPort: port })
    } finally {
      await stop(children)
    }
  }),
)

kernelTest('a flow has the socket of its own link, where another one has the same addresses and ports', {}, (t) =>
  withLinks(async (here, there) => {
    using monitor = await FlowMonitor.open({ netns: here.path, interfaces: 'here*', sockets: true })
    const children = await talkByBoth(here, there)
    try {
      const flows = (await monitor.snapshot()).flows.filter(({ protocol }) => protocol === 6)
      t.is(flows.length, 4)
      for (const { interface: name, direction, socket } of flows) {
        const link = name.at(-1)
        if (direction === 'egress')
          t.like(socket, { interfaceIndex: indexOf(here, name), bytesSent: link === '1' ? 1000 : 3000 })
        // The other end of this link.
        else t.true(socket === undefined || socket.interfaceIndex === indexOf(there, `there${link}`), name)
      }
    } finally {
      await stop(children)
    }
  }),
)
