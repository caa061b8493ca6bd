import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { BpfError } from 'ebpf'
import { InterfaceWatcher, type NamespaceChanges, watchInterfaces } from 'ebpf/net'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { messagesOf } from '../../lib/net/netlink.js'
import { interfaceOfMessage } from '../../lib/net/network-interface.js'
import { eventually } from '../helpers/eventually.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { attribute, link, text } from '../helpers/netlink.js'
import { isUp } from '../helpers/pair.js'
import { perl, sendDatagram } from '../helpers/perl.js'
import { binding } from '../native/addon.js'

async function withNamespace(use: (netns: NetworkNamespace) => void | Promise<void>): Promise<void> {
  const netns = await NetworkNamespace.create()
  try {
    await use(netns)
  } finally {
    await netns.remove()
  }
}

const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name).sort()

/**
 * The changes that a look reports, by name only. For changed interfaces only new names, because carriers come at their
 * own time.
 */
function look(watcher: InterfaceWatcher) {
  const all = watcher.read()
  const changed = all.flatMap((each) => each.changed).filter(({ before, after }) => before.name !== after.name)
  return {
    added: names(all.flatMap(({ added }) => added)),
    removed: names(all.flatMap(({ removed }) => removed)),
    renamed: changed.map(({ before, after }) => `${before.name} to ${after.name}`),
    missed: names(all.flatMap(({ missed }) => missed)),
  }
}

const nothing = { added: [], removed: [], renamed: [], missed: [] }

kernelTest('interfaces that are there, come, are renamed and go are told of', {}, async (t) => {
  await withNamespace((netns) => {
    netns.ip('link add left type veth peer name right')
    using watcher = new InterfaceWatcher({ netns: netns.path })
    const [first] = watcher.read()
    t.true(first?.added.some(({ name, kind }) => name === 'left' && kind === 'veth'))
    t.is(first?.namespace.inode, netns.inode)
    t.deepEqual(look(watcher), nothing)
    netns.ip('link add br0 type bridge', 'link set right name wrong')
    t.deepEqual(look(watcher), { ...nothing, added: ['br0'], renamed: ['right to wrong'] })
    netns.ip('link delete left')
    t.deepEqual(look(watcher), { ...nothing, removed: ['left', 'wrong'] })
    netns.ip('link add p type veth peer name q', 'link delete p')
    t.deepEqual(look(watcher), { ...nothing, missed: ['p', 'q'] })
    netns.ip('link add index 50 p type veth peer name q')
    t.deepEqual(look(watcher), { ...nothing, added: ['p', 'q'] })
    netns.ip('link delete p', 'link add index 50 p type veth peer name q')
    t.deepEqual(look(watcher), { ...nothing, removed: ['p', 'q'], added: ['p', 'q'] })
  })
})

kernelTest('a port that enters and leaves its bridge has changed, and is not gone', {}, async (t) => {
  await withNamespace((netns) => {
    netns.ip('link add br0 type bridge', 'link add left type veth peer name right')
    using watcher = new InterfaceWatcher({ netns: netns.path, interfaces: ['left', 'br*'] })
    t.deepEqual(look(watcher).added, ['br0', 'left'])
    netns.ip('link set left master br0')
    const entered = watcher.read()[0]?.changed.find(({ after }) => after.name === 'left')
    t.is(entered?.before.master, undefined)
    t.is(typeof entered?.after.master, 'number')
    netns.ip('link set left nomaster')
    const [left] = watcher.read()
    t.deepEqual(left?.removed, [])
    t.is(left?.changed.find(({ after }) => after.name === 'left')?.after.master, undefined)
  })
})

kernelTest('an interface that goes tells its final statistics', {}, async (t) => {
  await withNamespace(async (netns) => {
    netns.ip(
      'link add left type veth peer name right',
      'address add 198.18.0.1/30 dev left',
      'link set right up',
      'link set left up',
      // Without asking who has that address.
      'neighbour replace 198.18.0.2 lladdr 02:00:00:00:00:02 dev left',
    )
    using watcher = new InterfaceWatcher({ netns: netns.path, interfaces: 'left' })
    t.is(watcher.read().length, 1)
    // Until it has a carrier, it drops what it is given to send.
    await eventually('left is up', () => isUp(netns, 'left'))
    for (let n = 0; n < 3; n++) sendDatagram(netns, '198.18.0.2')
    netns.ip('link delete left')
    const changes = watcher.read().find(({ removed }) => removed.length > 0)
    t.true((changes?.removed[0]?.statistics?.txPackets ?? 0n) >= 3n)
  })
})

kernelTest('patterns choose, and one that is renamed may come to be meant', {}, async (t) => {
  await withNamespace((netns) => {
    netns.ip('link add eth0 type veth peer name veth0')
    using watcher = new InterfaceWatcher({ netns: netns.path, interfaces: ['eth*', '!eth9', 'none*'] })
    t.deepEqual(look(watcher), { ...nothing, added: ['eth0'] })
    netns.ip('link set veth0 name eth1')
    t.deepEqual(look(watcher), { ...nothing, added: ['eth1'] })
    netns.ip('link set eth1 name eth9', 'link set eth0 name eth2')
    t.deepEqual(look(watcher), { ...nothing, removed: ['eth9'], renamed: ['eth0 to eth2'] })
    t.throws(() => new InterfaceWatcher({ netns: netns.path, interfaces: ['eth*', 'none0'] }), {
      instanceOf: BpfError,
      code: 'ENODEV',
      message: /none0/,
    })
  })
})

kernelTest('several namespaces are watched at once, each once', {}, async (t) => {
  await withNamespace((a) =>
    withNamespace((b) => {
      a.ip('link add left type veth peer name right')
      using watcher = new InterfaceWatcher({ netns: [a.path, b.path, `/proc/${a.pid}/task/${a.pid}/ns/net`] })
      t.deepEqual(
        watcher.namespaces.map(({ inode }) => inode),
        [a.inode, b.inode],
      )
      watcher.read()
      a.ip(`link set left netns ${b.pid}`)
      const changes = watcher.read()
      const of = (netns: NetworkNamespace) => changes.find(({ namespace }) => namespace.inode === netns.inode)
      t.deepEqual(names(of(a)?.removed ?? []), ['left'])
      t.deepEqual(names(of(b)?.added ?? []), ['left'])
    }),
  )
})

kernelTest('after an overrun all is listed anew', {}, async (t) => {
  await withNamespace(async (netns) => {
    netns.ip('link add left type veth peer name right', 'link add p type veth peer name q')
    using watcher = new InterfaceWatcher({ netns: netns.path })
    // It overruns when the watcher's socket does, which hides that.
    const witness = binding.openNetlink({ netns: netns.path, groups: 1 })
    try {
      watcher.read()
      const busy = Array.from({ length: 1500 }, (_, n) => `link set lo mtu ${30_000 + n}`)
      netns.ip(
        ...busy,
        'link delete p',
        'link add new0 type veth peer name new1',
        'link set left name gauche',
        'link set lo mtu 1234',
      )
      t.throws(() => witness.receive(new Uint8Array(65_536)), { instanceOf: BpfError, code: 'ENOBUFS' })
      const [changes] = watcher.read()
      t.deepEqual(names(changes?.added ?? []), ['new0', 'new1'])
      t.deepEqual(names(changes?.removed ?? []), ['p', 'q'])
      t.true(changes?.removed.every(({ statistics }) => statistics === undefined))
      const after = changes?.changed.map((change) => change.after) ?? []
      t.is(after.find(({ name }) => name === 'gauche')?.kind, 'veth')
      t.is(after.find(({ name }) => name === 'lo')?.mtu, 1234)
      t.deepEqual(watcher.read(), [])
      netns.ip('link delete new0')
      const removed: string[] = []
      await eventually('both are removed', () => removed.push(...look(watcher).removed) === 2)
      t.deepEqual(removed.sort(), ['new0', 'new1'])
    } finally {
      witness.close()
    }
  })
})

kernelTest('what another process sends is not taken for the kernel’s word', {}, async (t) => {
  await withNamespace((netns) => {
    const socket = binding.openNetlink({ netns: netns.path, groups: 1 })
    try {
      // Its port, from the kernel's list: it is the only one that listens to the group.
      const ports = readFileSync(`/proc/${netns.pid}/net/netlink`, 'utf8').match(/^\S+ +0 +\d+ +00000001 /gm) ?? []
      t.is(ports.length, 1)
      const port = ports[0]?.split(/ +/)[2]
      const forged = Buffer.from(link(77, [attribute(3, text('forged'))])).toString('hex')
      perl(
        netns,
        `socket my $s, 16, SOCK_RAW, 0 or die $!;
         send $s, pack('H*', '${forged}'), 0, pack('S S L L', 16, 0, ${port}, 0) or die $!`,
      )
      netns.ip('link add br0 type bridge')
      const message = new Uint8Array(65_536)
      const bytes = socket.receive(message)
      const [name] = [...messagesOf(message.subarray(0, bytes))].map((each) => interfaceOfMessage(each)?.name)
      t.is(name, 'br0')
    } finally {
      socket.close()
    }
  })
})

kernelTest('an iteration that waits for an overrun socket goes on', {}, async (t) => {
  await withNamespace(async (netns) => {
    using watcher = new InterfaceWatcher({ netns: netns.path })
    watcher.read()
    const next = watcher.changes().next()
    // The event loop is blocked meanwhile.
    netns.ip(...Array.from({ length: 1500 }, (_, n) => `link set lo mtu ${30_000 + n}`), 'link add br0 type bridge')
    const { value } = await next
    t.deepEqual(names((value as NamespaceChanges).added), ['br0'])
  })
})

kernelTest('a loop yields what comes until the abort', {}, async (t) => {
  await withNamespace(async (netns) => {
    const controller = new AbortController()
    const added: string[] = []
    for await (const changes of watchInterfaces({ netns: netns.path, signal: controller.signal })) {
      for (const { name } of changes.added) added.push(name)
      if (added.includes('br1')) controller.abort()
      else if (added.includes('br0')) netns.ip('link add br1 type bridge')
      // With nobody at the socket.
      else setTimeout(() => netns.ip('link add br0 type bridge'), 1)
    }
    t.true(added.includes('lo'))
    t.deepEqual(added.slice(-2), ['br0', 'br1'])
  })
})

kernelTest('a namespace that is gone is let go of, and ends the loop', {}, async (t) => {
  await withNamespace((b) =>
    withNamespace(async (a) => {
      a.ip(`link add here type veth peer name there netns ${b.pid}`)
      const told: NamespaceChanges[] = []
      using watcher = new InterfaceWatcher({ netns: b.path, interfaces: '*here' })
      watcher.read()
      // The loop must end before this: as long as the namespace is held, it and the other end of the pair stay.
      const signal = AbortSignal.timeout(30_000)
      for await (const changes of watchInterfaces({ netns: a.path, signal })) {
        told.push(changes)
        if (told.length === 1) await a.remove()
      }
      t.true(told.at(-1)?.gone)
      t.true(names(told.at(-1)?.removed ?? []).includes('here'))
      t.deepEqual(
        told.slice(0, -1).map(({ gone }) => gone),
        told.slice(1).map(() => false),
      )
      // Its end of the pair takes the other with it: nothing has kept the namespace alive.
      await eventually('the other end is removed', () => look(watcher).removed.includes('there'))
    }),
  )
})

kernelTest('a namespace whose name was given to another is gone', {}, (t) => {
  const name = `ebpf-test-${process.pid}`
  const netns = (change: string) => execFileSync('ip', ['netns', change, name])
  netns('add')
  try {
    using watcher = new InterfaceWatcher({ netns: name })
    t.deepEqual(look(watcher), { ...nothing, added: ['lo'] })
    netns('delete')
    netns('add')
    const [changes, ...more] = watcher.read()
    t.like(changes, { gone: true, added: [], changed: [], missed: [] })
    t.deepEqual(names(changes?.removed ?? []), ['lo'])
    t.deepEqual(more, [])
    t.deepEqual(watcher.namespaces, [])
  } finally {
    netns('delete')
  }
})

kernelTest('closing wakes who waits, and what is closed is not read', {}, async (t) => {
  const watcher = new InterfaceWatcher()
  watcher.read()
  const next = watcher.changes().next()
  t.throws(() => watcher.read(), { instanceOf: BpfError, code: 'EBUSY' })
  await t.throwsAsync(watcher.changes().next(), { instanceOf: BpfError, code: 'EBUSY' })
  watcher.close()
  watcher.close()
  t.deepEqual(await next, { done: true, value: undefined })
  t.throws(() => watcher.read(), { instanceOf: BpfError, code: 'EBADF' })
  t.deepEqual(await watcher.changes().next(), { done: true, value: undefined })
})

kernelTest('leaving a loop and an abort leave the watcher usable', {}, async (t) => {
  using watcher = new InterfaceWatcher({ interfaces: 'lo' })
  for await (const { added } of watcher) {
    t.deepEqual(names(added), ['lo'])
    break
  }
  t.deepEqual(watcher.read(), [])
  const controller = new AbortController()
  const next = watcher.changes({ signal: controller.signal }).next()
  setImmediate(() => controller.abort())
  t.true((await next).done)
  t.deepEqual(watcher.read(), [])
})

kernelTest('a namespace that is not there is ENOENT, and what was opened before it is closed', {}, async (t) => {
  await withNamespace((netns) => {
    t.throws(() => new InterfaceWatcher({ netns: [netns.path, '/nonexistent'] }), {
      instanceOf: BpfError,
      code: 'ENOENT',
      message: /\/nonexistent/,
    })
    for (const wrong of [5, [netns.path, 5]]) {
      t.throws(() => new InterfaceWatcher({ netns: wrong as unknown as string }), {
        instanceOf: TypeError,
        message: /netns .*not 5/,
      })
    }
  })
})

const prelude = `
  const { InterfaceWatcher } = require('ebpf/net')
  const ready = () => require('node:worker_threads').parentPort?.postMessage('ready')
`

kernelTest('a worker is terminated while it watches', {}, async (t) => {
  for (let i = 0; i < 3; i++) {
    const code = `const watcher = new InterfaceWatcher(); watcher.read(); watcher.changes().next(); setImmediate(ready)`
    const worker = new Worker(prelude + code, { eval: true })
    await once(worker, 'message')
    await worker.terminate()
  }
  t.pass()
})

const endings = {
  'that nobody reads': 'new InterfaceWatcher().read()',
  'that was closed while it waited':
    'const w = new InterfaceWatcher(); w.read(); w.changes().next().then(() => console.log("end")); setImmediate(() => w.close())',
  'that waits without keeping the process':
    'const w = new InterfaceWatcher({ netns: "/proc/self/ns/net", ref: false }); w.read(); w.changes().next()',
}

for (const [what, code] of Object.entries(endings)) {
  kernelTest(`a process exits by itself with a watcher ${what}`, {}, (t) => {
    const { status, signal, stderr } = spawnSync(process.execPath, ['-e', prelude + code], {
      encoding: 'utf8',
      timeout: 60_000,
    })
    t.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: '' })
  })
}
