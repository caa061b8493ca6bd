import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { suspension } from '../../lib/cli/live/suspension.js'

/** A process that only notes what happens to it. */
function start() {
  const seen: unknown[] = []
  const host = Object.assign(new EventEmitter(), {
    pid: 7,
    kill(pid: number, signal: string) {
      seen.push(`${signal} ${pid}, ${host.listenerCount(signal)} listeners`)
    },
  })
  const suspended = suspension({ leave: () => seen.push('leave'), enter: () => seen.push('enter') }, host)
  return { host, seen, suspended }
}

test('Ctrl-Z gives the terminal back, then stops the whole job as every process is stopped, until SIGCONT', (t) => {
  const { host, seen, suspended } = start()
  suspended.stopGroup()
  t.deepEqual(seen, ['leave', 'SIGTSTP 0, 0 listeners'])
  host.emit('SIGCONT')
  t.deepEqual(seen.slice(2), ['enter'])
  host.emit('SIGCONT')
  t.is(seen.length, 3)
  suspended[Symbol.dispose]()
})

test('a SIGTSTP that somebody sends stops this process alone, as often as it comes', (t) => {
  const { host, seen, suspended } = start()
  for (let i = 0; i < 2; i++) {
    host.emit('SIGTSTP')
    t.deepEqual(seen.splice(0), ['leave', 'SIGTSTP 7, 0 listeners'])
    host.emit('SIGCONT')
    t.deepEqual(seen.splice(0), ['enter'])
  }
  suspended[Symbol.dispose]()
})

test('where nothing stops the process, for no shell could continue it, it takes the terminal again', async (t) => {
  const { host, seen, suspended } = start()
  suspended.stopGroup()
  suspended.stopGroup()
  for (let i = 0; seen.length < 3 && i < 1000; i++) await sleep(5)
  t.deepEqual(seen, ['leave', 'SIGTSTP 0, 0 listeners', 'enter'])
  t.is(host.listenerCount('SIGTSTP'), 1)
  suspended[Symbol.dispose]()
})

test('nothing listens any more, and nothing is entered, once it is disposed of', async (t) => {
  const { host, seen, suspended } = start()
  suspended.stopGroup()
  suspended[Symbol.dispose]()
  t.deepEqual([host.listenerCount('SIGTSTP'), host.listenerCount('SIGCONT')], [0, 0])
  await sleep(200)
  t.deepEqual(seen, ['leave', 'SIGTSTP 0, 0 listeners'])
})
