import test from 'ava'
import { carries, type Hop, leadsTo, type Surroundings } from '../../lib/monitors/flows/paths.js'
import type { NetworkInterface } from '../../lib/net/network-interface.js'
import { networkInterface as info } from '../helpers/network-interface.js'

const into = (one: NetworkInterface, namespace = 0): Hop => ({ namespace, egress: false, info: one })
const out = (one: NetworkInterface, namespace = 0): Hop => ({ namespace, egress: true, info: one })

/** The namespaces 0 and 1 call each other 10 and 11; what else there is is given. */
const surroundings = (...known: NetworkInterface[]): Surroundings => ({
  namespaceById: (namespace, id) => (namespace === 0 && id === 11 ? 1 : namespace === 1 && id === 10 ? 0 : undefined),
  interfaceOf: (namespace, index) => (namespace === 0 ? known.find((one) => one.index === index) : undefined),
})
const leads = (from: Hop, to: Hop, { linkScoped = false, around = surroundings() } = {}) =>
  leadsTo(from, to, linkScoped, around)

test('what leaves by one end of a pair comes in by the other, and nowhere else', (t) => {
  const [left, right] = [info(2, { kind: 'veth', link: { index: 3 } }), info(3, { kind: 'veth', link: { index: 2 } })]
  t.true(leads(out(left), into(right)))
  t.true(leads(out(right), into(left)))
  t.true(leads(out(left), into(right), { linkScoped: true }))
  t.false(leads(out(left), into(left)))
  t.false(leads(into(left), into(right)))
  t.false(leads(out(left), out(right)))
  t.false(leads(out(left), into(info(4))))
})

test('the ends of a pair are in namespaces that know each other', (t) => {
  const inside = info(2, { kind: 'veth', link: { index: 7, netns: 10 } })
  const host = info(7, { kind: 'veth', link: { index: 2, netns: 11 } })
  t.true(leads(out(inside, 1), into(host)))
  t.true(leads(out(host), into(inside, 1)))
  // A container of another host, with the same indices.
  const stranger = info(2, { kind: 'veth', link: { index: 7, netns: 12 } })
  t.false(leads(out(stranger, 2), into(info(7, { kind: 'veth', link: { index: 2, netns: 19 } }))))
})

test('loopback leads to itself', (t) => {
  const lo = info(1, { loopback: true })
  t.true(leads(out(lo), into(lo)))
  t.false(leads(out(lo), into(lo, 1)))
})

test('a VLAN and a bond are seen below first on the way in, and above first on the way out', (t) => {
  const port = info(2, { master: 4, masterKind: 'bond' })
  const bond = info(4, { kind: 'bond' })
  const vlan = info(5, { kind: 'vlan', link: { index: 4 } })
  for (const [lower, upper] of [
    [port, bond],
    [bond, vlan],
  ] as const) {
    t.true(leads(into(lower), into(upper)))
    t.true(leads(out(upper), out(lower)))
    t.false(leads(into(upper), into(lower)))
    t.false(leads(out(lower), out(upper)))
  }
  t.false(leads(into(port), into(info(3, { master: 4, masterKind: 'bond' }))), 'two ports of one bond')
  const inside = info(2, { kind: 'macvlan', link: { index: 5, netns: 10 } })
  t.true(leads(into(info(5)), into(inside, 1)))
  t.true(leads(out(inside, 1), out(info(5))))
})

test('a namespace forwards what comes in, to another link too, and not to another namespace', (t) => {
  t.true(leads(into(info(2)), out(info(3))))
  t.true(leads(into(info(2)), out(info(2))))
  t.false(leads(into(info(2)), out(info(3), 1)))
  t.false(leads(out(info(2)), out(info(3))), 'two links that one socket sends by')
  t.false(leads(into(info(2)), into(info(3))), 'two links that are both received from')
  t.false(leads(out(info(2)), into(info(3))))
})

test('what an end of a link sends to the link is forwarded by bridges only', (t) => {
  const linkScoped = true
  const [a, b] = [info(2, { master: 9, masterKind: 'bridge' }), info(3, { master: 9, masterKind: 'bridge' })]
  t.true(leads(into(a), out(b), { linkScoped }))
  t.false(leads(into(info(2)), out(info(3)), { linkScoped }))
  t.false(leads(into(a), out(info(4, { master: 8, masterKind: 'bridge' })), { linkScoped }))
  const bonded = { master: 9, masterKind: 'bond' }
  t.false(leads(into(info(2, bonded)), out(info(3, bonded)), { linkScoped }))
})

test('nothing is forwarded from one VRF to another, or to none', (t) => {
  const red = { master: 20, masterKind: 'vrf' }
  const blue = { master: 21, masterKind: 'vrf' }
  t.true(leads(into(info(2, red)), out(info(3, red))))
  t.false(leads(into(info(2, red)), out(info(3, blue))))
  t.false(leads(into(info(2, red)), out(info(3))))
  // A port of a bridge that is in the VRF.
  const port = info(5, { master: 6, masterKind: 'bridge' })
  const around = surroundings(info(6, { kind: 'bridge', ...red }))
  t.true(leads(into(port), out(info(3, red)), { around }))
  t.false(leads(into(port), out(info(3, blue)), { around }))
})

test('a bound socket sends on its interface, its ports and what it runs on, and on no other', (t) => {
  const port = info(2, { master: 4, masterKind: 'bond' })
  const bond = info(4, { kind: 'bond' })
  const vlan = info(5, { kind: 'vlan', link: { index: 4 } })
  const slave = info(6, { master: 7, masterKind: 'vrf' })
  const around = surroundings(port, bond, vlan, slave, info(7, { kind: 'vrf' }), info(9))
  for (const one of [port, bond, vlan]) t.true(carries(out(one), 5, around))
  t.true(carries(into(slave), 7, around))
  t.true(carries(into(slave), 6, around))
  t.false(carries(out(info(9)), 5, around))
  t.false(carries(out(slave), 5, around))
  // A VLAN in a VRF, seen where the VLAN runs; another VRF.
  t.is(carries(out(port), 7, around), undefined)
  t.false(carries(out(info(8, { master: 9, masterKind: 'vrf' })), 7, around))
  t.is(carries(out(port), 99, around), undefined)
  t.true(carries(out(info(1, { loopback: true })), 99, around))
  // The other end of a pair is another interface.
  const veth = info(10, { kind: 'veth', link: { index: 11 } })
  t.false(carries(out(veth), 11, surroundings(veth, info(11, { kind: 'veth', link: { index: 10 } }))))
})

test('what one macvlan sends to another on the same interface is the same there, and nowhere else', (t) => {
  // Both run on 3 of the namespace 0, which calls the other one 11, and is called 10 by it.
  const here = info(4, { kind: 'macvlan', link: { index: 3 } })
  const there = info(4, { kind: 'macvlan', link: { index: 3, netns: 10 } })
  t.true(leads(out(here), into(there, 1)))
  t.true(leads(out(there, 1), into(here)))
  t.true(leads(out(here), into(info(5, { kind: 'macvlan', link: { index: 3 } }))))
  // By the way in of what they run on.
  t.true(leads(out(there, 1), into(info(3))))
  t.false(leads(out(there, 1), into(info(3), 1)))
  t.false(leads(out(here), into(here)))
  t.false(leads(out(here), into(info(5, { kind: 'macvlan', link: { index: 9 } }))))
  t.false(leads(out(here), into(info(5, { kind: 'vlan', link: { index: 3 } }))))
  t.false(leads(out(there, 1), into(info(6, { kind: 'macvlan', link: { index: 3, netns: 99 } }), 1)))
  t.false(leads(out(here), out(there, 1)))
})
