import test from 'ava'
import { checkFlowOptions, type FlowMonitorOptions } from '../../lib/monitors/flow-options.js'

test('what is not given has the default that the reference tells of', (t) => {
  t.deepEqual(checkFlowOptions({}), {
    interfaces: [],
    perspective: 'host',
    maxEntries: 65_536,
    attach: 'auto',
    filter: {},
    tunnels: 'outer',
    sampling: 1,
  })
})

test('what is given is kept', (t) => {
  const given = {
    interfaces: ['eth*'],
    netns: ['a', 'b'],
    perspective: 'peer',
    maxEntries: 7,
    attach: 'clsact',
    filter: { protocols: ['tcp'] },
    tunnels: 'inner',
    sampling: 9,
  } as const
  t.deepEqual(checkFlowOptions(given), given)
})

test('sockets follow connections and drops, and what is asked of them is added', (t) => {
  const sockets = (given: FlowMonitorOptions['sockets']) =>
    checkFlowOptions({ ...(given !== undefined && { sockets: given }) }).sockets
  t.is(sockets(undefined), undefined)
  t.is(sockets(false), undefined)
  t.deepEqual(sockets(true), { connections: true, drops: true })
  t.deepEqual(sockets({ drops: false, maxSockets: 5 }), { connections: true, drops: false, maxSockets: 5 })
})

test('an option that cannot be is refused by its name and value', (t) => {
  const refused: [FlowMonitorOptions, RegExp][] = [
    [{ netns: [] }, /^netns must name a network namespace .*\[\]/],
    [{ sampling: 0 }, /^sampling .*not 0/],
    [{ sampling: 1.5 }, /^sampling .*not 1.5/],
    [{ sampling: 2 ** 32 }, /^sampling .*not 4294967296/],
    [{ perspective: 'guest' as never }, /^perspective must be host or peer, not 'guest'/],
    [{ attach: 'xdp' as never }, /^attach must be auto, tcx or clsact, not 'xdp'/],
    [{ tunnels: 'both' as never }, /^tunnels must be outer or inner, not 'both'/],
  ]
  for (const [options, message] of refused)
    t.throws(() => checkFlowOptions(options), { instanceOf: RangeError, message })
  t.throws(() => checkFlowOptions({ netns: [5 as never] }), { instanceOf: TypeError, message: /^netns .*not 5/ })
  t.is(checkFlowOptions({ sampling: 2 ** 32 - 1 }).sampling, 2 ** 32 - 1)
})
