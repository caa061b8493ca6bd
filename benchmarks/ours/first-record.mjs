import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { now, print } from './subject.mjs'

/**
 * first-record SAMPLES PATTERN COMMAND…: from the start of the command to the first of its output that has the pattern in it, while
 * connections are tried that nobody answers.
 */
const [samples, text, command, ...args] = process.argv.slice(2)
const pattern = new RegExp(text)

const sockets = new Set()
const trying = setInterval(() => {
  const socket = connect({ host: '10.99.0.2', port: 9 })
  socket.on('error', () => {})
  sockets.add(socket)
}, 20)
// After a second the first of them are tried again.
await sleep(1500)

const times = []
for (let i = 0; i < Number(samples); i++) {
  const start = now()
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  let output = ''
  for await (const chunk of child.stdout) {
    output += chunk
    if (pattern.test(output)) break
  }
  if (!pattern.test(output)) throw new Error(`${command} ended without a record:\n${output}`)
  times.push((now() - start) / 1e6)
  child.kill('SIGKILL')
  await ended
}
clearInterval(trying)
for (const socket of sockets) socket.destroy()
print({ time: times })
