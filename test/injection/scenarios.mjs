/* What the calls that fail are in: a life of each handle, in stages, of which one has a call that fails. */

import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { open, queryPrograms } from 'ebpf'
import { FlowMonitor } from 'ebpf/flows'
import { TcpMonitor } from 'ebpf/tcp'

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

const flows = (attach, where = {}) => ({
  stages: ['open', 'snapshot', 'stop', 'close'],
  async live(at, check, failing) {
    const { value: monitor } = await at('open', () => FlowMonitor.open({ attach, interfaces: 'lo', ...where }))
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
    const { value: monitor } = await at('open', () => TcpMonitor.open(options))
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

const ip = (...words) => execFileSync('ip', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** A pair of interfaces, of which the first can send to 198.18.0.2. */
function addPair(name) {
  ip('link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}-peer`)
  for (const each of [`${name}-peer`, name]) ip('link', 'set', each, 'up')
  ip('address', 'add', '198.18.0.1/24', 'dev', name)
  ip('neighbour', 'add', '198.18.0.2', 'lladdr', '02:00:00:00:00:02', 'dev', name, 'nud', 'permanent')
}

async function sendFrom(name, count) {
  const sender = createSocket('udp4').bind(0, '198.18.0.1')
  await once(sender, 'listening')
  for (let i = 0; i < count; i++) await new Promise((done) => sender.send('ebpf', 9, '198.18.0.2', done))
  sender.close()
  await once(sender, 'close')
  return name
}

/** Whether programs are on both ends of the pair, both ways. */
const isWatched = (name) =>
  [name, `${name}-peer`].every((each) =>
    ['tcx_ingress', 'tcx_egress'].every(
      (attachType) => queryPrograms({ interface: each, attachType }).programs.length === 1,
    ),
  )

/** Interfaces that come and go while calls fail: the next ones are watched, and their packets counted. */
const comings = {
  stages: ['come', 'go'],
  async live(at, check) {
    const monitor = await FlowMonitor.open({ attach: 'tcx', interfaces: 'pair*' })
    const taken = []
    const take = async () => {
      for (let tries = 0; tries < 5; tries++) {
        try {
          return taken.push(await monitor.snapshot())
        } catch (error) {
          if (tries === 4) throw error
        }
      }
    }
    const untilWatched = async (name) => {
      for (let tries = 0; tries < 50 && !isWatched(name); tries++) {
        await sleep(20)
        await take() // what failed for want of descriptors is tried again then
      }
      check(`${name} is watched`, isWatched(name), true)
    }
    try {
      await at('come', async () => {
        addPair('pair0')
        await sleep(200)
      })
      await untilWatched('pair0')
      await sendFrom('pair0', 3)
      await at('go', async () => {
        ip('link', 'delete', 'pair0')
        await sleep(200)
      })
      await take()
      addPair('pair1')
      await untilWatched('pair1')
      await sendFrom('pair1', 4)
      await take()
      for (const [name, packets] of [
        ['pair0', 3],
        ['pair1', 4],
      ]) {
        const rows = taken.flatMap(({ flows }) =>
          flows.filter((flow) => flow.interface === name && flow.destinationPort === 9),
        )
        const sum = rows.reduce((sum, row) => sum + row.packets, 0)
        check(`packets of ${name}`, sum, packets)
      }
    } finally {
      monitor.close()
      for (const name of ['pair0', 'pair1']) {
        try {
          ip('link', 'delete', name)
        } catch {
          // It has gone, or never came.
        }
      }
    }
  },
}

export const scenarios = {
  'flows by tcx': flows('tcx'),
  'flows by clsact': flows('clsact'),
  // Threads enter it, though it is this process's own.
  'flows of a namespace': flows('tcx', { netns: '/proc/self/ns/net' }),
  'interfaces that come and go': comings,
  retransmits,
  object,
}
