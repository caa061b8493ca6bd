import { getEventListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { NotSupportedError, UserRingBuffer } from 'ebpf'
import { kernelTest } from '../helpers/kernel-test.js'
import { isOlderThan } from '../helpers/kernel-version.js'
import { loadFixture, runOnPacket } from '../helpers/load-fixture.js'

interface Command {
  kind: number
  unused: number
  argument: bigint
}

const needs = ['user_ringbuf'] as const
const load = () => loadFixture('user_ringbuf', ['drain'])
const command = (argument: bigint): Command => ({ kind: 3, unused: 0, argument })

kernelTest('an object with a map of a type that the kernel does not have is refused by its feature', {}, (t) => {
  if (!isOlderThan('6.1')) {
    t.notThrows(() => load().close())
    return
  }
  const error = t.throws(() => load(), { instanceOf: NotSupportedError, message: /user_ringbuf.*6\.1/ })
  t.is(error?.feature, 'user_ringbuf')
})

kernelTest('a program reads what was written, encoded by its struct', { needs }, (t) => {
  using bpf = load()
  using commands = bpf.userRingbuf<Command>('commands', { type: 'command' })
  for (let i = 1n; i <= 10n; i++) t.true(commands.write(command(i)))
  t.is(runOnPacket(bpf, 'drain'), 10)
  t.is(bpf.globals.total, 55n)
  t.is(bpf.globals.last_kind, 3)
  t.throws(() => commands.write({ kind: 1 } as Command), { instanceOf: TypeError, message: /unused|argument/ })
})

kernelTest('a full user ring buffer refuses, and takes more once a program has drained it', { needs }, async (t) => {
  using bpf = load()
  using commands = bpf.userRingbuf<Command>('commands', { type: 'command' })
  let written = 0
  while (commands.write(command(1n))) written++
  // 4096 bytes for records of 16 bytes and their headers of 8.
  t.is(written, 170)
  let waited = false
  const { signal } = new AbortController()
  const waiting = commands.writeAsync(command(1000n), { signal }).then(() => {
    waited = true
  })
  await t.throwsAsync(commands.writeAsync(command(1n)), { code: 'EBUSY' })
  await sleep(20)
  t.false(waited)
  t.is(runOnPacket(bpf, 'drain'), 170)
  await waiting
  t.is(getEventListeners(signal, 'abort').length, 0)
  t.is(runOnPacket(bpf, 'drain'), 1)
  t.is(bpf.globals.total, 1170n)
})

kernelTest('a write that waits ends at its abort and at close', { needs }, async (t) => {
  using bpf = load()
  const commands = bpf.userRingbuf<Uint8Array>('commands')
  while (commands.write(new Uint8Array(16)));
  const controller = new AbortController()
  const aborted = commands.writeAsync(new Uint8Array(16), { signal: controller.signal })
  controller.abort(new Error('enough'))
  await t.throwsAsync(aborted, { message: 'enough' })
  const waiting = commands.writeAsync(new Uint8Array(16))
  commands.close()
  await t.throwsAsync(waiting, { code: 'EBADF' })
  t.throws(() => commands.write(new Uint8Array(16)), { code: 'EBADF', message: /commands is closed/ })
})

kernelTest('what cannot be written to a user ring buffer is refused by name', { needs }, (t) => {
  using bpf = load()
  using commands = bpf.userRingbuf<unknown>('commands')
  t.throws(() => commands.write(new Uint8Array(4096)), { code: 'E2BIG', message: /1 to 4088 bytes, not 4096/ })
  t.throws(() => commands.write(new Uint8Array(0)), { code: 'E2BIG', message: /not 0/ })
  t.throws(() => commands.write('text'), { instanceOf: TypeError, message: /text/ })
  t.throws(() => bpf.userRingbuf('commands', { type: 'comand' }), { instanceOf: RangeError, message: /comand/ })
  t.throws(() => new UserRingBuffer(bpf.map('user_rin.bss')), { message: /not a user ring buffer|not a map/ })
})
