import test from 'ava'
import { missedPackets, packetsOf } from '../../lib/monitors/flows/hook.js'

test('what a program has not counted of an interface’s packets it missed, between what the looks around its start allow', (t) => {
  const first = { before: 10, after: 15 }
  t.is(missedPackets(first, 112, 100), 12)
  t.is(missedPackets(first, 112, 112), 10, 'what passed before was missed in any case')
  t.is(missedPackets(first, 200, 100), 15, 'what the interface counts now the program may not have seen yet')
  t.is(missedPackets({ before: 0, after: 0 }, 5, 3), 0)
})

test('a program of ingress sees what an interface receives, one of egress what it sends', (t) => {
  t.is(packetsOf('ingress', { received: 1, sent: 2 }), 1)
  t.is(packetsOf('egress', { received: 1, sent: 2 }), 2)
})
