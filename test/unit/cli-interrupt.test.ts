import { EventEmitter } from 'node:events'
import test from 'ava'
import { interruption } from '../../lib/cli/interrupt.js'

/** A process that gets signals, and a clock that stands. */
function start() {
  const host = Object.assign(new EventEmitter(), {
    stdout: new EventEmitter(),
    ended: [] as number[],
    exit(status: number) {
      host.ended.push(status)
    },
  })
  const clock = { milliseconds: 5000 }
  const { signal, stop } = interruption(host, () => clock.milliseconds)
  return { host, clock, signal, stop, send: (name: string) => host.emit(name, name) }
}

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGALRM', 'SIGUSR2', 'SIGXCPU']) {
  test(`${name} stops the command, which then ends by itself`, (t) => {
    const { host, signal, send } = start()
    t.false(signal.aborted)
    send(name)
    t.is(signal.reason, name)
    t.deepEqual(host.ended, [])
  })
}

test('a Ctrl-C that npm doubles is one, however often it comes within a second', (t) => {
  const { host, clock, send } = start()
  for (const milliseconds of [5000, 5000, 5100, 5900, 6000]) {
    clock.milliseconds = milliseconds
    send('SIGINT')
  }
  t.deepEqual(host.ended, [])
})

for (const [name, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
  ['SIGQUIT', 131],
] as const) {
  test(`${name} a second after the first Ctrl-C ends the process with status ${status}`, (t) => {
    const { host, clock, send } = start()
    send('SIGINT')
    clock.milliseconds += 600
    send('SIGINT')
    clock.milliseconds += 401
    send(name)
    t.deepEqual(host.ended, [status])
  })
}

test('q does what Ctrl-C does', (t) => {
  const { host, clock, signal, stop } = start()
  stop()
  t.is(signal.reason, 'SIGINT')
  clock.milliseconds += 1001
  stop()
  t.deepEqual(host.ended, [130])
})

for (const code of ['EPIPE', 'EIO', 'ENOSPC']) {
  test(`output that cannot be written (${code}) stops the command`, (t) => {
    const { host, signal } = start()
    host.stdout.emit('error', Object.assign(new Error(), { code }))
    t.is(signal.reason, code)
    t.deepEqual(host.ended, [])
  })
}
