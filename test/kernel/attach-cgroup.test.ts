import { closeSync, mkdirSync, openSync, rmdirSync } from 'node:fs'
import { BpfError, type BpfObject, type Link, type OrderOptions, type Program, queryPrograms } from 'ebpf'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { enter, inCgroup } from '../helpers/cgroup.js'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { loadOnly } from '../helpers/load.js'
import { perl } from '../helpers/perl.js'

/** The indexes into the fixture's `runs`: its enum hook. */
const hooks = [
  'ingress',
  'egress',
  'either',
  'sock_create',
  'sock_release',
  'post_bind4',
  'post_bind6',
  'bind4',
  'bind6',
  'connect4',
  'connect6',
  'sendmsg4',
  'sendmsg6',
  'recvmsg4',
  'recvmsg6',
  'getpeername4',
  'getpeername6',
  'getsockname4',
  'getsockname6',
  'read_sysctl',
  'get_option',
  'set_option',
  'open_device',
  'on_sock_ops',
  'connect_unix',
  'sendmsg_unix',
  'recvmsg_unix',
  'getpeername_unix',
  'getsockname_unix',
] as const
type Hook = (typeof hooks)[number]

const unixHooks = hooks.filter((hook) => hook.endsWith('_unix'))
const otherHooks = hooks.filter((hook) => !hook.endsWith('_unix') && hook !== 'either')

const runs = (bpf: BpfObject, hook: Hook): bigint => bpf.map<number, bigint>('runs').get(hooks.indexOf(hook)) ?? 0n

async function inside(use: (cgroup: string, netns: NetworkNamespace) => void): Promise<void> {
  const netns = await NetworkNamespace.create()
  try {
    inCgroup((cgroup) => use(cgroup, netns))
  } finally {
    await netns.remove()
  }
}

/** Uses sockets, a sysctl and a device in every way that runs one of a cgroup's programs. */
const everything = `
  for ([AF_INET, sockaddr_in(0, inet_aton '127.0.0.1')], [AF_INET6, sockaddr_in6(0, "\\0" x 15 . "\\1")]) {
    my ($family, $any) = @$_;
    socket my $datagrams, $family, SOCK_DGRAM, 0 or die "socket: $!";
    bind $datagrams, $any or die "bind: $!";
    send $datagrams, 'ebpf', 0, getsockname $datagrams or die "send: $!";
    defined recv $datagrams, my $text, 4, 0 or die "recv: $!";
    socket my $server, $family, SOCK_STREAM, 0 or die "socket: $!";
    bind $server, $any and listen $server, 1 or die "listen: $!";
    socket my $client, $family, SOCK_STREAM, 0 or die "socket: $!";
    setsockopt $client, SOL_SOCKET, SO_KEEPALIVE, 1 or die "setsockopt: $!";
    getsockopt $client, SOL_SOCKET, SO_KEEPALIVE or die "getsockopt: $!";
    connect $client, getsockname $server or die "connect: $!";
    getpeername $client or die "getpeername: $!";
  }
  open my $sysctl, '<', '/proc/sys/kernel/ostype' or die "sysctl: $!";
  <$sysctl> or die "sysctl: $!";
  open my $device, '<', '/dev/zero' or die "device: $!";`

const everythingUnix = `
  my $name = "/tmp/ebpf-test-$$.sock";
  socket my $server, AF_UNIX, SOCK_DGRAM, 0 or die $!;
  bind $server, sockaddr_un($name) or die $!;
  socket my $client, AF_UNIX, SOCK_DGRAM, 0 or die $!;
  send $client, 'ebpf', 0, sockaddr_un($name) or die $!;
  connect $client, sockaddr_un($name) or die $!;
  getpeername $client or die $!;
  getsockname $server or die $!;
  recv $server, my $text, 4, 0;
  unlink $name;`

kernelTest('each kind of cgroup program runs for a process of the cgroup, and not once it is closed', {}, (t) =>
  inside((cgroup, netns) => {
    using bpf = loadOnly('cgroup', otherHooks)
    const links = otherHooks.map((hook) => bpf.program(hook).attachCgroup({ path: cgroup }))
    perl(netns, everything, enter(cgroup))
    const counted = otherHooks.map((hook) => runs(bpf, hook))
    t.deepEqual(
      otherHooks.filter((_, i) => counted[i] === 0n),
      [],
    )
    perl(netns, everything)
    t.deepEqual(
      otherHooks.map((hook) => runs(bpf, hook)),
      counted,
    )
    for (const link of links) link.close()
    perl(netns, everything, enter(cgroup))
    t.deepEqual(
      otherHooks.map((hook) => runs(bpf, hook)),
      counted,
    )
  }),
)

kernelTest('cgroup programs for Unix sockets run', { needs: ['cgroup_unix'] }, (t) =>
  inside((cgroup, netns) => {
    using bpf = loadOnly('cgroup', unixHooks)
    const links = unixHooks.map((hook) => bpf.program(hook).attachCgroup({ path: cgroup }))
    perl(netns, everythingUnix, enter(cgroup))
    for (const hook of unixHooks) t.true(runs(bpf, hook) > 0n, hook)
    for (const link of links) link.close()
  }),
)

const refusals = {
  connect4: /connect: Operation not permitted/,
  bind4: /bind: Operation not permitted/,
  sock_create: /socket: Operation not permitted/,
  sendmsg4: /send: Operation not permitted/,
  set_option: /setsockopt: Operation not permitted/,
  read_sysctl: /sysctl: Operation not permitted/,
  // Perl opens it before its program runs.
  open_device: /\/dev\/null: Operation not permitted/,
} satisfies Partial<Record<Hook, RegExp>>

for (const [hook, message] of Object.entries(refusals) as [Hook, RegExp][]) {
  kernelTest(`a cgroup's ${hook} program refuses`, {}, (t) =>
    inside((cgroup, netns) => {
      using bpf = loadOnly('cgroup', [hook], { refused: hooks.indexOf(hook) })
      using _link = bpf.program(hook).attachCgroup({ path: cgroup })
      t.throws(() => perl(netns, everything, enter(cgroup)), { message })
      perl(netns, everything)
    }),
  )
}

kernelTest("a cgroup's program is replaced", {}, (t) =>
  inside((cgroup, netns) => {
    using allowing = loadOnly('cgroup', ['connect4'])
    using refusing = loadOnly('cgroup', ['connect4'], { refused: hooks.indexOf('connect4') })
    using link = allowing.program('connect4').attachCgroup({ path: cgroup })
    perl(netns, everything, enter(cgroup))
    link.update(refusing.program('connect4'), { expected: allowing.program('connect4') })
    t.throws(() => perl(netns, everything, enter(cgroup)), { message: refusals.connect4 })
    t.is(runs(allowing, 'connect4'), runs(refusing, 'connect4'))
    link.detach()
    perl(netns, everything, enter(cgroup))
    t.throws(() => link.update(allowing.program('connect4')), { instanceOf: BpfError, code: 'ENOLINK' })
  }),
)

kernelTest('a program of no direction is attached to both, a cgroup by its descriptor', {}, (t) =>
  inside((cgroup, netns) => {
    const fd = openSync(cgroup, 'r')
    using bpf = loadOnly('cgroup', ['either'])
    using egress = bpf.program('either').attachCgroup({ fd, direction: 'egress' })
    closeSync(fd)
    perl(netns, everything, enter(cgroup))
    t.true(runs(bpf, 'either') > 0n)
    using _ingress = bpf.program('either').attachCgroup({ path: cgroup, direction: 'ingress' })
    const { id } = bpf.program('either').info()
    for (const attachType of ['cgroup_inet_ingress', 'cgroup_inet_egress'] as const) {
      t.deepEqual(queryPrograms({ cgroup: { path: cgroup }, attachType }).programs, [{ id }])
    }
    // From here on, a run is for an incoming packet.
    egress.close()
    const before = runs(bpf, 'either')
    perl(netns, everything, enter(cgroup))
    t.true(runs(bpf, 'either') > before)
  }),
)

kernelTest('a program is placed before those of its cgroup', { needs: ['cgroup_order'] }, (t) =>
  inside((cgroup) => {
    using bpf = loadOnly('cgroup', ['connect4'])
    using other = loadOnly('cgroup', ['connect4'])
    const ids = () =>
      queryPrograms({ cgroup: { path: cgroup }, attachType: 'cgroup_inet4_connect' }).programs.map(({ id }) => id)
    using _one = bpf.program('connect4').attachCgroup({ path: cgroup })
    using _two = other.program('connect4').attachCgroup({ path: cgroup, anchor: 'first', preorder: false })
    t.deepEqual(ids(), [other.program('connect4').info().id, bpf.program('connect4').info().id])
  }),
)

kernelTest('a program is placed beside another of its cgroup, by its link', { needs: ['cgroup_order'] }, (t) =>
  inside((cgroup) => {
    const hook = { cgroup: { path: cgroup }, attachType: 'cgroup_inet4_connect' } as const
    const objects = Array.from({ length: 5 }, () => loadOnly('cgroup', ['connect4']))
    const [second, first, fourth, third, last] = objects.map((bpf) => bpf.program('connect4'))
    const place = (program: Program | undefined, options: OrderOptions) =>
      (program as Program).attachCgroup({ path: cgroup, ...options })
    const links: Link[] = []
    try {
      const link = place(second, {})
      links.push(link, place(first, { before: link }))
      links.push(place(fourth, { after: { linkFd: link.fd } }))
      links.push(place(third, { after: { linkId: link.info().id } }))
      const { revision = 0n } = queryPrograms(hook)
      links.push(place(last, { anchor: 'last', expectedRevision: revision }))
      t.deepEqual(
        queryPrograms(hook).programs.map(({ id }) => id),
        [first, second, third, fourth, last].map((program) => program?.info().id),
      )
      using other = loadOnly('cgroup', ['connect4'])
      const attach = (options: OrderOptions) => () => place(other.program('connect4'), options)
      t.throws(attach({ expectedRevision: revision }), { code: 'ESTALE' })
      // The kernel finds a program that has a link only through the link.
      t.throws(attach({ before: second as Program }), { code: 'EINVAL' })
      t.throws(attach({ before: link, after: link }), {
        instanceOf: TypeError,
        message: /only one of anchor, before and after/,
      })
    } finally {
      for (const each of [...links, ...objects]) each.close()
    }
  }),
)

/** The programs at the `bind4` hook of a cgroup below `cgroup`: its own, and all including those that it inherits. */
function below(cgroup: string, use: (child: string, own: () => number[], all: () => number[]) => void): void {
  const child = `${cgroup}/below`
  mkdirSync(child)
  const programs = (options: { effective?: boolean }) =>
    queryPrograms({ cgroup: { path: child }, attachType: 'cgroup_inet4_bind', ...options }).programs.map(({ id }) => id)
  try {
    use(
      child,
      () => programs({}),
      () => programs({ effective: true }),
    )
  } finally {
    rmdirSync(child)
  }
}

kernelTest('what a cgroup inherits is listed when it is asked for, behind its own', {}, (t) =>
  inside((cgroup) =>
    below(cgroup, (child, own, all) => {
      using bpf = loadOnly('cgroup', ['bind4'])
      using other = loadOnly('cgroup', ['bind4'])
      const [above, below] = [bpf.program('bind4').info().id, other.program('bind4').info().id]
      using _above = bpf.program('bind4').attachCgroup({ path: cgroup })
      t.deepEqual([own(), all()], [[], [above]])
      using _below = other.program('bind4').attachCgroup({ path: child })
      t.deepEqual([own(), all()], [[below], [below, above]])
    }),
  ),
)

kernelTest('a program runs before those of the cgroups below where it is to', { needs: ['cgroup_order'] }, (t) =>
  inside((cgroup) =>
    below(cgroup, (child, _own, all) => {
      using bpf = loadOnly('cgroup', ['bind4'])
      using other = loadOnly('cgroup', ['bind4'])
      using _below = other.program('bind4').attachCgroup({ path: child })
      using _above = bpf.program('bind4').attachCgroup({ path: cgroup, preorder: true })
      t.deepEqual(all(), [bpf.program('bind4').info().id, other.program('bind4').info().id])
    }),
  ),
)

kernelTest('what is no cgroup is refused by name', {}, (t) =>
  inside((cgroup) => {
    using bpf = loadOnly('cgroup', ['connect4', 'either'])
    const attach = (options: object) => () => bpf.program('connect4').attachCgroup(options as { path: string })
    t.throws(attach({ path: '/tmp' }), { instanceOf: BpfError, code: 'EINVAL', message: /\/tmp.*cgroup v2/ })
    t.throws(attach({ path: `${cgroup}/none` }), { instanceOf: BpfError, code: 'ENOENT', message: /none/ })
    t.throws(attach({ path: fixture('cgroup') }), { instanceOf: BpfError, code: 'ENOTDIR' })
    t.throws(attach({ fd: 9999 }), { instanceOf: BpfError, code: 'EBADF', message: /9999/ })
    t.throws(attach({}), { instanceOf: TypeError })
    t.throws(attach({ path: cgroup, fd: 3 }), { instanceOf: TypeError })
    using network = loadOnly('network', ['pass'])
    t.throws(() => network.program('pass').attachCgroup({ path: cgroup }), {
      instanceOf: TypeError,
      message: /pass is of type xdp, which cannot be attached to cgroup/,
    })
    t.throws(attach({ path: cgroup, direction: 'up' }), { instanceOf: TypeError, message: /'up'/ })
    t.throws(attach({ path: cgroup, direction: 'egress' }), {
      instanceOf: BpfError,
      code: 'EINVAL',
      message: new RegExp(`attach connect4 to cgroup ${cgroup}`),
    })
    t.throws(() => queryPrograms({ cgroup: { path: cgroup }, attachType: 'cgroup_nothing' }), {
      instanceOf: TypeError,
      message: /cgroup_nothing/,
    })
  }),
)
