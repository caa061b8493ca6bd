import test from 'ava'
import type { Hook } from '../../lib/monitors/flows/hook.js'
import { HookReports } from '../../lib/monitors/flows/hook-reports.js'

const hook = (name: string) => ({ namespace: 0, info: { name } }) as Hook

test('what there is to say while nobody takes a snapshot is bounded, and the rest is told in sum', (t) => {
  const reports = new HookReports(() => ({ netns: 'x' }))
  for (let i = 0; i < 1500; i++) reports.first(hook(`veth${i}`), 2)
  for (let i = 0; i < 20_000; i++) reports.lost(hook('eth0'))
  const taken = reports.take([])
  t.is(taken.length, 1002)
  t.deepEqual(taken[999], {
    interface: 'veth999',
    netns: 'x',
    reason: 'packets came before it could be watched',
    packets: 2,
  })
  t.deepEqual(taken.slice(1000), [
    {
      interface: '*',
      reason: 'packets came before it could be watched: 500 more since the last snapshot',
      packets: 1000,
    },
    {
      interface: '*',
      reason:
        'somebody took the programs off, or put others before them; they are attached again: 20000 more since the last snapshot',
    },
  ])
  t.deepEqual(reports.take([]), [])
})

test('a failure that lasts is told once a snapshot', (t) => {
  const reports = new HookReports(() => ({}))
  for (let i = 0; i < 100; i++) reports.trouble(new Error('no memory'))
  t.deepEqual(reports.take([]), [{ interface: '*', reason: 'interfaces could not be watched for a moment: no memory' }])
  reports.trouble(new Error('no memory'))
  t.is(reports.take([]).length, 1)
})
