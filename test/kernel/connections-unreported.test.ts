import test from 'ava'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { EpochTable } from '../../lib/monitors/shared/epoch-table.js'
import { CgroupPaths } from '../../lib/monitors/tcp/cgroup-paths.js'
import {
  type IncidentRow,
  incidentRowReader,
  type SocketRow,
  socketRowReader,
} from '../../lib/monitors/tcp/socket-rows.js'
import type { BpfObject } from '../../lib/object/bpf-object.js'
import { attachOnly } from '../helpers/attach-only.js'
import { bothEnds } from '../helpers/both-ends.js'
import '../helpers/no-leaks.js'
import { perl, perlInSteps } from '../helpers/perl.js'
import { protocolCounter } from '../helpers/protocol-counters.js'

/** The contents of the program's tables, read once. */
async function tablesOf(object: BpfObject): Promise<{ sockets: SocketRow[]; incidents: IncidentRow[] }> {
  if (!object.btf) throw new TypeError('the socket program has no BTF')
  const sockets: SocketRow[] = []
  const incidents: IncidentRow[] = []
  const table = (name: string) =>
    new EpochTable(object, { slot: `${name}_epochs`, tables: [`${name}_table_a`, `${name}_table_b`] })
  await table('socket').swap(socketRowReader(object.btf, new CgroupPaths())(sockets))
  await table('incident').swap(incidentRowReader(object.btf)(incidents))
  return { sockets, incidents }
}

async function inNamespace(programs: readonly string[], traffic: readonly string[]) {
  const netns = await NetworkNamespace.create()
  try {
    using attached = await attachOnly('socket', programs, netns)
    const pids = traffic.map((each) => Number(perl(netns, `${bothEnds} ${each}; print $$;`)))
    const kernel = (counter: string) => protocolCounter(netns, `Tcp: ${counter}`)
    const { sockets, incidents } = await tablesOf(attached.object)
    const total = (of: (row: SocketRow) => number) => sockets.reduce((sum, row) => sum + of(row), 0)
    const resets = (kind: IncidentRow['kind']) =>
      incidents.reduce((sum, row) => sum + (row.kind === kind ? row.events : 0), 0)
    const counted = {
      OutSegs: total(({ counts }) => counts.segmentsSent) + kernel('PassiveOpens'),
      InSegs: total(({ counts }) => counts.segmentsReceived),
      ActiveOpens: total(({ openedLocally }) => openedLocally),
      PassiveOpens: total(({ openedRemotely }) => openedRemotely),
      EstabResets: total(({ aborted }) => aborted),
      OutRsts: resets('reset-sent'),
    }
    const kernels = Object.fromEntries(Object.keys(counted).map((name) => [name, kernel(name)]))
    const followed = [...attached.object.map('sockets', { key: 'raw', value: 'raw' }).keys()].length
    return { pids, sockets, counted, kernels, followed, resetsReceived: resets('reset-received') }
  } finally {
    await netns.remove()
  }
}

test.serial('what the first of two programs is kept from is counted by the second alone', async (t) => {
  const seconds = ['state', 'destroy', 'reset_sent', 'reset_received'].map((name) => `socket_${name}_again`)
  const traffic = ['join_both; talk; finish', 'join_both; talk; abort']
  const { sockets, counted, kernels, followed, resetsReceived } = await inNamespace(seconds, traffic)
  t.deepEqual(counted, kernels as typeof counted)
  t.is(counted.OutRsts, 1)
  t.is(resetsReceived, 1)
  t.is(sockets.length, 4)
  t.is(followed, 0, 'sockets that have ended still have a place')
})

test.serial('a connection that no one saw accepted is of the process that shuts it down or closes it', async (t) => {
  const traffic = ['join_both; talk; finish', 'join_both; talk; finish_by_server']
  const { pids, sockets, counted, kernels } = await inNamespace(['socket_state', 'socket_destroy'], traffic)
  t.deepEqual(counted, kernels as typeof counted)
  const owners = sockets.map(({ facts: { opener, pid, command } }) => ({ opener, pid, command }))
  const byPidAndOpener = (a: (typeof owners)[number], b: (typeof owners)[number]) =>
    (a.pid ?? 0) - (b.pid ?? 0) || a.opener.localeCompare(b.opener)
  t.deepEqual(
    owners.sort(byPidAndOpener),
    pids
      .flatMap((pid) => [
        { opener: 'local' as const, pid, command: 'perl' },
        { opener: 'remote' as const, pid, command: 'perl' },
      ])
      .sort(byPidAndOpener),
  )
})

test.serial('what a socket has sent is counted when it disconnects while another program counts it', async (t) => {
  const netns = await NetworkNamespace.create()
  try {
    const programs = ['state', 'destroy', 'reset_sent', 'reset_received'].map((name) => `socket_${name}`)
    using attached = await attachOnly('socket', programs, netns)
    const raw = { key: 'raw', value: 'raw' } as const
    const followed = attached.object.map('sockets', raw)
    const claims = attached.object.map('socket_claims', raw)
    const steps = await perlInSteps(
      netns,
      `pause; ${bothEnds} join_both; talk; pause 'talked'; disconnect; pause 'gone'`,
    )
    try {
      await steps.next()
      const sockets = [...followed.keys()]
      t.is(sockets.length, 2)
      for (const socket of sockets) claims.set(socket, new Uint8Array(1))
      await steps.next()
      for (const socket of sockets) claims.delete(socket)
    } finally {
      // The sockets are destroyed, and the rest is counted with them.
      await steps.next()
      await steps.stop()
    }
    const rows = (await tablesOf(attached.object)).sockets
    const kernel = (counter: string) => protocolCounter(netns, `Tcp: ${counter}`)
    const total = (of: (row: SocketRow) => number) => rows.reduce((sum, row) => sum + of(row), 0)
    t.is(total(({ counts }) => counts.segmentsSent) + kernel('PassiveOpens'), kernel('OutSegs'))
    t.is(
      total(({ counts }) => counts.segmentsReceived),
      kernel('InSegs'),
    )
    t.is(
      total(({ counts }) => counts.bytesSent),
      1501,
    )
    t.is(
      total(({ closed }) => closed),
      2,
    )
    t.true(rows.every(({ key }) => key.localPort === 8080 || key.remotePort === 8080))
    t.is([...followed.keys()].length, 0)
    t.is([...attached.object.map('socket_left', raw).keys()].length, 0)
  } finally {
    await netns.remove()
  }
})
