import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { BpfError } from 'ebpf'
import { interfaceIndex, networkInterfaces, networkNamespace, networkNamespaces } from 'ebpf/net'
import { interfaceCounts } from '../../lib/cli/demo/kernel-counters.js'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { sendDatagram } from '../helpers/perl.js'

/** Runs `use` with two namespaces, which end afterwards. */
async function withNamespaces(use: (a: NetworkNamespace, b: NetworkNamespace) => void | Promise<void>): Promise<void> {
  const a = await NetworkNamespace.create()
  try {
    const b = await NetworkNamespace.create()
    try {
      await use(a, b)
    } finally {
      await b.remove()
    }
  } finally {
    await a.remove()
  }
}

const byName = (netns: NetworkNamespace, name: string) => {
  const found = networkInterfaces({ netns: netns.path }).find((each) => each.name === name)
  if (!found) throw new Error(`there is no ${name}`)
  return found
}

kernelTest('loopback is what the kernel makes it', {}, async (t) => {
  await withNamespaces((a) => {
    const { statistics, ...lo } = byName(a, 'lo')
    t.deepEqual(lo, {
      name: 'lo',
      index: 1,
      up: true,
      running: true,
      loopback: true,
      linkType: 772,
      address: '00:00:00:00:00:00',
      mtu: 65_536,
      alternativeNames: [],
    })
    t.is(typeof statistics?.rxBytes, 'bigint')
  })
})

kernelTest('an interface has its kind, its link and its bridge', {}, async (t) => {
  await withNamespaces((a, b) => {
    a.ip(
      'link add br0 type bridge',
      'link add near type veth peer name far',
      'link set near master br0',
      'link set near address 02:00:00:00:00:01 mtu 1400',
      `link add here type veth peer name there netns ${b.pid}`,
      // if_nametoindex(3) finds names of at most 15 bytes.
      'link property add dev here altname fifteen-bytes-o altname sixteen-bytes-ok altname an-alternative-name',
    )
    const [near, far, br0, here, there] = [
      byName(a, 'near'),
      byName(a, 'far'),
      byName(a, 'br0'),
      byName(a, 'here'),
      byName(b, 'there'),
    ]
    t.is(near.kind, 'veth')
    t.is(near.address, '02:00:00:00:00:01')
    t.is(near.mtu, 1400)
    t.is(near.linkType, 1)
    t.is(near.up, false)
    t.deepEqual(near.link, { index: far.index })
    t.deepEqual(far.link, { index: near.index })
    t.is(near.master, br0.index)
    t.is(far.master, undefined)
    t.is(br0.kind, 'bridge')
    t.is(br0.link, undefined)
    t.is(here.link?.index, there.index)
    t.is(there.link?.index, here.index)
    t.is(typeof here.link?.netns, 'number')
    t.deepEqual(here.alternativeNames, ['fifteen-bytes-o', 'sixteen-bytes-ok', 'an-alternative-name'])
    for (const name of here.alternativeNames) t.is(interfaceIndex(name, { netns: a.path }), here.index, name)
  })
})

kernelTest('a vlan’s link is what it runs on', { needs: ['vlan'] }, async (t) => {
  await withNamespaces((a) => {
    a.ip('link add left type veth peer name right', 'link add link left name left.5 type vlan id 5')
    const vlan = byName(a, 'left.5')
    t.is(vlan.kind, 'vlan')
    t.deepEqual(vlan.link, { index: byName(a, 'left').index })
  })
})

kernelTest('the statistics are those of /proc/net/dev', {}, async (t) => {
  await withNamespaces((a) => {
    sendDatagram(a, '127.0.0.1')
    const { statistics } = byName(a, 'lo')
    if (!statistics) throw new Error('there are no statistics')
    const counts = interfaceCounts(a, 'lo')
    t.true(counts.packets > 0)
    t.is(Number(statistics.rxPackets + statistics.txPackets), counts.packets)
    t.is(Number(statistics.rxBytes + statistics.txBytes), counts.bytes)
  })
})

kernelTest('many interfaces come in several datagrams, each once', {}, async (t) => {
  await withNamespaces((a) => {
    a.ip(...Array.from({ length: 60 }, (_, n) => `link add l${n} type veth peer name r${n}`))
    const list = networkInterfaces({ netns: a.path })
    const made = list.filter(({ kind }) => kind === 'veth')
    t.is(made.length, 120)
    t.is(new Set(list.map(({ index }) => index)).size, list.length)
    t.deepEqual(
      list.map(({ index }) => index),
      list.map(({ index }) => index).sort((x, y) => x - y),
    )
  })
})

kernelTest('listing leaves the process in its namespace, with no descriptor of the other', {}, async (t) => {
  const before = statSync('/proc/thread-self/ns/net').ino
  const own = networkInterfaces().map(({ name }) => name)
  await withNamespaces((a) => {
    a.ip('link add left type veth peer name right')
    t.true(networkInterfaces({ netns: a.path }).some(({ name }) => name === 'left'))
    t.is(statSync('/proc/thread-self/ns/net').ino, before)
    t.deepEqual(
      networkInterfaces().map(({ name }) => name),
      own,
    )
  })
})

kernelTest('a namespace that has a name is listed, and used by it', {}, (t) => {
  const name = `ebpf-test-${process.pid}`
  t.false(networkNamespaces().has(name))
  t.throws(() => networkNamespace({ netns: name }), {
    instanceOf: BpfError,
    code: 'ENOENT',
    message: new RegExp(
      `there is no network namespace '${name}': /run/netns (is empty|has ).*; for a container, pass /proc/PID`,
    ),
  })
  execFileSync('ip', ['netns', 'add', name])
  try {
    const namespace = networkNamespaces().get(name)
    t.is(namespace?.file, `/run/netns/${name}`)
    t.throws(() => networkNamespace({ netns: `${name}x` }), { message: new RegExp(`did you mean .*'${name}'`) })
    t.deepEqual(networkNamespace({ netns: name }), namespace)
    t.notDeepEqual({ ...networkNamespace(), file: '' }, { ...namespace, file: '' })
    execFileSync('ip', ['-n', name, 'link', 'add', 'left', 'type', 'veth', 'peer', 'name', 'right'])
    t.true(networkInterfaces({ netns: name }).some((each) => each.name === 'left'))
    t.is(interfaceIndex('left', { netns: name }), interfaceIndex('left', { netns: `/run/netns/${name}` }))
  } finally {
    execFileSync('ip', ['netns', 'delete', name])
  }
  t.false(networkNamespaces().has(name))
})

kernelTest('every namespace that has a name is listed, by its name', {}, (t) => {
  const names = ['b', 'a'].map((suffix) => `ebpf-test-${process.pid}${suffix}`)
  const made: string[] = []
  try {
    for (const name of names) {
      execFileSync('ip', ['netns', 'add', name])
      made.push(name)
    }
    const listed = [...networkNamespaces()].filter(([name]) => names.includes(name))
    t.deepEqual(
      listed.map(([name]) => name),
      names.toReversed(),
    )
    for (const [name, { inode }] of listed) t.is(inode, statSync(`/run/netns/${name}`).ino)
    t.not(listed[0]?.[1].inode, listed[1]?.[1].inode)
  } finally {
    for (const name of made) execFileSync('ip', ['netns', 'delete', name])
  }
})

kernelTest('what is not a namespace is refused by its name', {}, (t) => {
  t.throws(() => networkNamespace({ netns: '/proc/999999999/ns/net' }), { message: /there is no process 999999999$/ })
  t.throws(() => networkNamespace({ netns: './none' }), { code: 'ENOENT', message: /namespace \.\/none/ })
  t.throws(() => networkNamespace({ netns: '/dev/null' }), {
    instanceOf: BpfError,
    code: 'EINVAL',
    message: /dev.null/,
  })
  t.throws(() => networkNamespace({ netns: 5 as unknown as string }), { instanceOf: TypeError, message: /not 5/ })
  t.throws(() => networkInterfaces({ netns: '/proc/self/ns/mnt' }), { instanceOf: BpfError, code: 'EINVAL' })
})

kernelTest('an interface whose name is not UTF-8 is found by the name that it is listed by', {}, async (t) => {
  await withNamespaces((a) => {
    const script =
      '$n = "\\xff\\xfeq"; system("ip", "link", "add", "name", $n, "type", "veth", "peer", "name", "peer") and die'
    execFileSync('nsenter', [`--net=${a.path}`, 'perl', '-e', script])
    const odd = networkInterfaces({ netns: a.path }).find(({ name }) => name.endsWith('q'))
    if (odd === undefined) return t.fail('it is not listed')
    t.is(odd.name, '\ufffd\ufffdq')
    t.is(interfaceIndex(odd.name, { netns: a.path }), odd.index)
  })
})
