import test from 'ava'
import { FlowObjects } from '../../lib/monitors/flows/objects.js'
import { checkFlowOptions } from '../../lib/monitors/flows/options.js'

test('options that are not given have their defaults, and those that are stay as they are', (t) => {
  const defaults = {
    interfaces: [],
    perspective: 'host',
    maxEntries: 65_536,
    attach: 'auto',
    filter: {},
    tunnels: 'outer',
    sampling: 1,
  } as const
  t.deepEqual(checkFlowOptions({}), defaults)
  const given = {
    interfaces: 'eth0',
    netns: ['blue'],
    perspective: 'peer',
    maxEntries: 7,
    attach: 'clsact',
    filter: { ports: [80] },
    tunnels: 'inner',
    sampling: 0xffff_ffff,
  } as const
  t.deepEqual(checkFlowOptions(given), given)
})

test('sockets are followed with connections and drops, but for what is said otherwise', (t) => {
  const sockets = (value: Parameters<typeof checkFlowOptions>[0]['sockets']) =>
    checkFlowOptions({ ...(value !== undefined && { sockets: value }) }).sockets
  t.is(sockets(undefined), undefined)
  t.is(sockets(false), undefined)
  t.deepEqual(sockets(true), { connections: true, drops: true })
  t.deepEqual(sockets({ drops: false, maxSockets: 5 }), { connections: true, drops: false, maxSockets: 5 })
})

for (const [options, type, message] of [
  [{ netns: [] }, RangeError, /netns .*\[\]/],
  [{ netns: ['blue', 5] }, TypeError, /netns .*5/],
  [{ sampling: 0 }, RangeError, /sampling .*, not 0/],
  [{ sampling: 1.5 }, RangeError, /sampling .*, not 1.5/],
  [{ sampling: 2 ** 32 }, RangeError, /sampling .*, not 4294967296/],
  [{ perspective: 'guest' }, RangeError, /perspective must be host or peer, not 'guest'/],
  [{ attach: 'xdp' }, RangeError, /attach must be auto, tcx or clsact, not 'xdp'/],
  [{ tunnels: 'both' }, RangeError, /tunnels must be outer or inner, not 'both'/],
  [{ filter: 5 }, TypeError, /filter .*5/],
  [{ sockets: 5 }, TypeError, /sockets .*5/],
] as const) {
  test(`options that cannot be used are refused: ${JSON.stringify(options)}`, (t) => {
    t.throws(() => checkFlowOptions(options as never), { instanceOf: type, message })
  })
}

test('more namespaces than leave room for their interfaces are refused', async (t) => {
  await t.throwsAsync(FlowObjects.open(1025, {} as never), { instanceOf: RangeError, message: /at most 1024 .*1025/ })
})
