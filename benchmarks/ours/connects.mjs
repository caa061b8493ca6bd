import { once } from 'node:events'
import { connect } from 'node:net'
import { cpuSeconds } from './cpu.mjs'
import { now, print } from './subject.mjs'
import { vethPair } from './veth.mjs'
import { watch } from './watched.mjs'

/**
 * connects WATCHER CONNECTIONS: TCP connections that are made and closed, 16 at a time, to a server in another namespace, while the
 * watcher is attached.
 */
const [name, count] = process.argv.slice(2)

const echo = `require('node:net').createServer((socket) => socket.end('bye')).listen(9000, () => console.log('ready'))`
const pair = await vethPair()
await pair.serve(process.execPath, '-e', echo)

async function connectInTurn(state) {
  while (state.left-- > 0) {
    const socket = connect({ host: '10.99.0.2', port: 9000 }).resume()
    await once(socket, 'close')
  }
}

async function connectAll() {
  const [start, before] = [now(), cpuSeconds()]
  const state = { left: Number(count) }
  await Promise.all(Array.from({ length: 16 }, () => connectInTurn(state)))
  return { rate: (Number(count) * 1e9) / (now() - start), cpu: ((cpuSeconds() - before) * 1e6) / Number(count) }
}

const watcher = await watch(name)
await connectAll() // warms up
const { rate, cpu } = await connectAll()
const { runs, time } = await watcher.counted(connectAll)
print({
  rate: [rate],
  cpu: [cpu],
  ...(runs > 0 && { programs: [time / 1000 / Number(count)], runs: [runs / Number(count)] }),
})
watcher.close()
pair.remove()
