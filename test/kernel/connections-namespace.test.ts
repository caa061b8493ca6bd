import { closeSync, openSync } from 'node:fs'
import test from 'ava'
import { BpfError } from 'ebpf'
import { ConnectionEvents, TcpMonitor } from 'ebpf/tcp'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { HeldNamespace } from '../../lib/monitors/shared/held-namespace.js'
import { bothEnds } from '../helpers/both-ends.js'
import '../helpers/no-leaks.js'
import { perl } from '../helpers/perl.js'

const gone = { instanceOf: BpfError, code: 'ENOENT' }

test.serial(
  'a monitor of a namespace that ends has what happened, says so, and counts nothing of another',
  async (t) => {
    const netns = await NetworkNamespace.create()
    const { inode, path } = netns
    using monitor = await TcpMonitor.open({ netns: path, connections: true })
    t.is(monitor.ended, undefined)
    perl(netns, `${bothEnds} join_both; talk; finish`)
    await netns.remove()
    const last = await monitor.snapshot()
    t.is(last.sockets?.totals.openedLocally, 1)
    t.is(monitor.ended?.code, 'ENOENT')
    t.true(monitor.ended?.message.includes(path))
    // The kernel gives the inode number to one of the next namespaces, unless the machine makes others meanwhile.
    for (let tries = 0; tries < 5; tries++) {
      const next = await NetworkNamespace.create()
      perl(next, `${bothEnds} join_both; talk; finish`)
      const isSame = next.inode === inode
      await next.remove()
      if (isSame) break
    }
    const { sockets } = await monitor.stop()
    t.deepEqual(sockets?.connections, [])
  },
)

test.serial('a stream of events of a namespace that ends is ended by an error that names it', async (t) => {
  const netns = await NetworkNamespace.create()
  using events = await ConnectionEvents.open({ netns: netns.path })
  const { path } = netns
  await netns.remove()
  const error = await t.throwsAsync(async () => {
    for await (const { type } of events) t.not(type, 'lost')
  }, gone)
  t.true(error?.message.includes(path))
  await t.throwsAsync(events.read().next(), gone)
})

test.serial('a namespace that cannot be held, because no descriptor is left, is an error', async (t) => {
  const netns = await NetworkNamespace.create()
  const taken: number[] = []
  try {
    t.throws(
      () => {
        for (;;) taken.push(openSync('/dev/null', 'r'))
      },
      { code: 'EMFILE' },
    )
    t.throws(() => HeldNamespace.open(netns.path, 'watch'), { instanceOf: BpfError, code: 'EMFILE' })
    closeSync(taken.pop() as number)
    const held = HeldNamespace.open(netns.path, 'watch')
    t.is(held.namespace.inode, netns.inode)
    held.close()
  } finally {
    for (const fd of taken) closeSync(fd)
    await netns.remove()
  }
})
