import test from 'ava'
import { open } from 'ebpf'
import { fixture } from '../helpers/fixture.js'

interface Peer {
  local: string
  remote: string
  gateway: string
  hops: string[]
  port: number
  direction_bits: number
  rest: number
  direction: string
  hardware: string
  comm: string
}

const peer: Peer = {
  local: '2001:db8::1',
  remote: '192.0.2.1',
  gateway: '10.0.0.1',
  hops: ['1.2.3.4', '5.6.7.8'],
  port: 443,
  direction_bits: 1,
  rest: 2,
  direction: 'EGRESS',
  hardware: '0a:0b:0c:0d:0e:0f',
  comm: 'bash',
}

test('keys and values of a map are read and written by their formats', (t) => {
  using bpf = open(fixture('typed')).loadSync()
  const peers = bpf.map<Peer, { bytes: number; seen: boolean[]; flags: number }>('peers', {
    addresses: 'text',
    enums: 'name',
    types: { 'peer_key.hardware': 'mac' },
    fields: {
      'key.gateway': 'ipv4',
      'key.hops': 'ipv4',
      'key.port': 'big-endian',
      'key.comm': 'string',
      'value.bytes': 'number',
      'value.seen': 'boolean',
    },
  })
  const value = { bytes: 2 ** 40, seen: [true, false, false, true], flags: 1 }
  peers.set(peer, value)
  t.deepEqual(peers.get(peer), value)
  t.deepEqual([...peers], [[peer, value]])
  t.throws(() => peers.get({ ...peer, remote: '192.0.2' }), {
    instanceOf: RangeError,
    message: "remote: '192.0.2' is no IPv4 address",
  })
  t.is(peers.get({ ...peer, remote: '192.0.2.2' }), undefined)
})

test('a value that is no struct has its format under `value`', (t) => {
  using bpf = open(fixture('typed')).loadSync()
  const gateways = bpf.map<Uint8Array, string>('class', { fields: { value: 'ipv4' } })
  gateways.set(new Uint8Array(8), '127.0.0.1')
  t.is(gateways.get(new Uint8Array(8)), '127.0.0.1')
})

test('a format for what is neither key nor value is refused', (t) => {
  using bpf = open(fixture('typed')).loadSync()
  t.throws(() => bpf.map('peers', { fields: { port: 'big-endian' } }), {
    instanceOf: TypeError,
    message: "option fields: 'port' must begin with key or value",
  })
  t.throws(() => bpf.map('peers', { fields: { 'key.prot': 'big-endian' } }), {
    instanceOf: TypeError,
    message: "option fields: there is no field 'prot'; did you mean 'port'?",
  })
})

test('the map of a section holds its variables', (t) => {
  using bpf = open(fixture('typed')).loadSync()
  const [[key, value] = []] = [...bpf.map<number, Record<string, unknown>>('.data.more')]
  t.is(key, 0)
  t.deepEqual(value, { wanted: 1 })
})
