/* What the calls that fail are in: a life of each handle, in stages, of which one has a call that fails. */

import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { open } from 'ebpf'
import { FlowMonitor } from 'ebpf/flows'
import { RetransmitMonitor } from 'ebpf/retransmits'

/** @typedef {<T>(stage: string, act: () => T | Promise<T>) => Promise<{ value?: T, error?: unknown }>} At */

/** Datagrams over the loopback interface of this process's network namespace, which nothing else uses. */
async function sendDatagrams(count) {
  const receiver = createSocket('udp4').bind(0, '127.0.0.1')
  await once(receiver, 'listening')
  const sender = createSocket('udp4')
  const arrived = new Promise((resolve) => {
    let left = count
    receiver.on('message', () => --left === 0 && resolve())
  })
  for (let i = 0; i < count; i++) sender.send('ebpf', receiver.address().port, '127.0.0.1')
  await arrived
  sender.close()
  receiver.close()
}

/** A connection over the loopback interface, closed by both ends. */
async function connectOnce() {
  const server = createServer((socket) => socket.on('error', () => {}).end('bye')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect(server.address().port, '127.0.0.1').resume()
  await once(client, 'close')
  server.close()
  await once(server, 'close')
}

/** Programs that are attached to the loopback interface: TCX and clsact. */
const attached = () =>
  execFileSync('tc', ['filter', 'show', 'dev', 'lo', 'ingress'], { encoding: 'utf8' }) +
  execFileSync('tc', ['filter', 'show', 'dev', 'lo', 'egress'], { encoding: 'utf8' })

const flows = (attach) => ({
  stages: ['open', 'snapshot', 'stop', 'close'],
  async live(at, check, failing) {
    const { value: monitor } = await at('open', () => FlowMonitor.open({ attach, interfaces: 'lo' }))
    if (!monitor) return
    const taken = []
    const take = async (stage, act) => {
      const { value } = await at(stage, act)
      // What failed is done again, and has all that there was.
      taken.push(value ?? (await act()))
    }
    await sendDatagrams(3)
    await take('snapshot', () => monitor.snapshot())
    // What a closing has to detach is attached only as long as nobody has stopped the monitor.
    await sendDatagrams(2)
    await take('stop', () => (failing === 'close' ? monitor.snapshot() : monitor.stop()))
    await at('close', () => monitor.close())
    check(
      'packets',
      taken.reduce((sum, { totals }) => sum + totals.packets, 0),
      5,
    )
    const rows = taken.map(({ flows }) => flows.reduce((sum, { packets }) => sum + packets, 0))
    check(
      'packets of flows',
      rows.reduce((sum, packets) => sum + packets, 0),
      10,
    )
    const seen = taken.flatMap(({ interfaces }) => interfaces)
    check(
      'packets of interfaces',
      seen.reduce((sum, { packets }) => sum + packets, 0),
      10,
    )
  },
  attached,
})

const retransmits = {
  stages: ['open', 'snapshot', 'stop', 'close'],
  async live(at, check) {
    const options = { netns: '/proc/self/ns/net', connections: true, drops: true }
    const { value: monitor } = await at('open', () => RetransmitMonitor.open(options))
    if (!monitor) return
    const taken = []
    const take = async (stage, act) => {
      const { value } = await at(stage, act)
      taken.push(value ?? (await act()))
    }
    await connectOnce()
    await connectOnce()
    await take('snapshot', () => monitor.snapshot())
    await connectOnce()
    await take('stop', () => monitor.stop())
    await at('close', () => monitor.close())
    const sum = (name) => taken.reduce((sum, { sockets }) => sum + sockets.totals[name], 0)
    for (const name of ['openedLocally', 'openedRemotely', 'closed']) check(name, sum(name), name === 'closed' ? 6 : 3)
    const ends = taken.flatMap(({ sockets }) => sockets.connections)
    check('rows of connections', ends.length, 6)
  },
}

const object = {
  stages: ['open', 'load', 'attach', 'ring', 'map', 'read', 'detach', 'close'],
  async live(at, check) {
    const { value: opened } = await at('open', () => open('test/fixtures/native_ringbuf.bpf.o'))
    if (!opened) return
    const { value: bpf } = await at('load', () => opened.load())
    if (!bpf) {
      opened.close()
      return
    }
    const program = bpf.program('emit')
    const { value: link } = await at('attach', () => program.attachTc({ interface: 'lo', direction: 'egress' }))
    const { value: ring } = await at('ring', () => bpf.ringbuf('events'))
    const { value: second } = await at('map', () => {
      const map = bpf.map('native_r.bss', { key: 'raw', value: 'raw' })
      return [...map.entries()].length
    })
    if (second !== undefined) check('entries', second, 1)
    program.run({ data: new Uint8Array(64) })
    if (ring) {
      const first = await at('read', () => ring.poll({ timeout: 100 }))
      const records = [...(first.value ?? []), ...ring.read()]
      check('records', records.length, 1)
    }
    if (link) await at('detach', () => link.close())
    if (ring) ring.close()
    await at('close', () => bpf.close())
  },
  attached,
}

export const scenarios = { 'flows by tcx': flows('tcx'), 'flows by clsact': flows('clsact'), retransmits, object }
