import test from 'ava'
import type { Connection, TcpSnapshot } from 'ebpf/tcp'
import { countedBy, withFollower } from '../helpers/follow-connections.js'
import '../helpers/no-leaks.js'

// A socket that disconnects, like one that is aborted, sets its counters to 0 and may live on.
const endings: Record<string, string> = {
  'closed in order': 'join_both; talk; finish',
  aborted: 'join_both; talk; abort',
  'aborted after a snapshot': `join_both; talk; pause 'told'; abort`,
  'aborted when it has sent more since a snapshot': `join_both; talk; pause 'told'; talk; abort`,
  'closed with data that nobody has read': `join_both; talk; syswrite $server, 'x'; close $client`,
  'disconnected, told of': `join_both; talk; disconnect; pause 'told'; close $client`,
  'disconnected, connected again': 'join_both; talk; disconnect; join_both; talk; finish',
  'disconnected, told of, connected again': `
    join_both; talk; disconnect; pause 'told'; join_both; talk; pause 'told'; talk; abort`,
}

test.serial('what a connection sent and received is counted once, however it ends', (t) =>
  withFollower(async (follow) => {
    for (const [ending, program] of Object.entries(endings)) {
      const { snapshots, kernel } = await follow(program)
      t.deepEqual(countedBy(snapshots, kernel), kernel, ending)
      const times = program.split('talk').length - 1
      const unread = program.includes('syswrite') ? 1 : 0
      const finished = program.endsWith('finish') ? 1 : 0
      // A received FIN counts as one byte.
      t.deepEqual(
        sentBy('local', snapshots),
        { bytesSent: 1001 * times, dataSegmentsSent: 2 * times, bytesReceived: 500 * times + unread + finished },
        ending,
      )
      t.deepEqual(
        sentBy('remote', snapshots),
        { bytesSent: 500 * times + unread, dataSegmentsSent: times + unread, bytesReceived: 1001 * times + finished },
        ending,
      )
    }
  }),
)

test.serial('what the peer acknowledged is payload, and one for a SYN and a FIN', (t) =>
  withFollower(async (follow) => {
    const { snapshots } = await follow('join_both; talk; finish')
    const rows = snapshots.flatMap(({ sockets }) => sockets?.connections ?? [])
    t.deepEqual(
      rows.map(({ opener, bytesAcked }) => ({ opener, bytesAcked })).sort((a, b) => b.bytesAcked - a.bytesAcked),
      [
        { opener: 'local', bytesAcked: 1 + 1001 + 1 },
        { opener: 'remote', bytesAcked: 500 + 1 },
      ],
    )
  }),
)

test.serial('a connection beyond maxSockets is lost, and finds room again when another has ended', (t) =>
  withFollower(async (follow) => {
    // The client's end has the only entry, each time.
    for (let time = 0; time < 3; time++) {
      const { snapshots } = await follow('join_both; talk; finish')
      const sockets = snapshots.map((each) => each.sockets)
      t.deepEqual(
        sockets.flatMap((each) => each?.connections.map(({ opener }) => opener) ?? []),
        ['local'],
      )
      t.deepEqual(
        sockets.map((each) => each?.lost.connections),
        [1],
      )
    }
  }, 1),
)

test.serial('a connection is established before it is accepted, and then has an owner', (t) =>
  withFollower(async (follow) => {
    const { snapshots } = await follow(`
      connect $client, sockaddr_in(8080, INADDR_LOOPBACK) or die $!;
      pause 'waiting';
      accept $server, $listener or die $!;
      pause 'accepted';
      finish`)
    const [waiting = [], accepted = []] = snapshots.map(({ sockets }) =>
      (sockets?.connections ?? [])
        .map(({ opener, command, state }) => ({ opener, command, state }))
        .sort((a, b) => a.opener.localeCompare(b.opener)),
    )
    t.deepEqual(waiting, [
      { opener: 'local', command: 'perl', state: 'ESTABLISHED' },
      { opener: 'remote', command: undefined, state: 'ESTABLISHED' },
    ])
    t.deepEqual(accepted, [{ opener: 'remote', command: 'perl', state: 'ESTABLISHED' }])
  }),
)

function sentBy(opener: Connection['opener'], snapshots: readonly TcpSnapshot[]) {
  const rows = snapshots.flatMap(({ sockets }) => sockets?.connections ?? []).filter((row) => row.opener === opener)
  const sum = (of: (row: Connection) => number) => rows.reduce((all, row) => all + of(row), 0)
  return {
    bytesSent: sum((row) => row.bytesSent),
    dataSegmentsSent: sum((row) => row.dataSegmentsSent),
    bytesReceived: sum((row) => row.bytesReceived),
  }
}
