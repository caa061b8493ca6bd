import { execFileSync } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { TerminalOutput } from '../../lib/cli/output/terminal-output.js'
import { eventually } from '../helpers/eventually.js'

/** A pipe, which has room for 64 kB as a terminal has for less, in place of one, and its reader. */
function start(t: ExecutionContext) {
  const folder = mkdtempSync(join(tmpdir(), 'terminal-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  const fd = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
  let open = true
  const leave = () => {
    if (open) closeSync(fd)
    open = false
  }
  t.teardown(leave)
  const standard = Object.assign(new EventEmitter(), { columns: 80, rows: 24 })
  const errors: NodeJS.ErrnoException[] = []
  standard.on('error', (error) => errors.push(error))
  const buffer = Buffer.alloc(1 << 20)
  const read = () => {
    try {
      return buffer.toString('latin1', 0, readSync(fd, buffer))
    } catch {
      return ''
    }
  }
  const output = TerminalOutput.open(standard, pipe)
  if (!output) throw new Error('the pipe cannot be opened')
  return { output, standard, errors, read, leave }
}

test('a terminal that takes nothing does not make us wait; when it goes on, everything comes in order', async (t) => {
  const { output, read, errors } = start(t)
  t.true(output.write('first '))
  t.is(output.writableLength, 0)
  const done: number[] = []
  t.false(output.write('x'.repeat(200_000), () => done.push(1)))
  t.false(output.write('last', () => done.push(2)))
  t.true(output.writableLength > 100_000)
  t.deepEqual(done, [])
  let seen = ''
  await eventually('everything was read', () => {
    seen += read()
    return seen.endsWith('last')
  })
  t.is(seen, `first ${'x'.repeat(200_000)}last`)
  t.deepEqual(done, [1, 2])
  t.is(output.writableLength, 0)
  t.deepEqual(errors, [])
})

test('a terminal that is no more is an error of standard output and of what waits', (t) => {
  const { output, errors, leave } = start(t)
  output.write('x'.repeat(200_000))
  leave()
  const failed: unknown[] = []
  output.write('more', (error) => failed.push(error))
  return eventually('both failed', () => errors.length > 0 && failed.length > 0).then(() => {
    t.is(errors[0]?.code, 'EPIPE')
    t.is(failed[0], errors[0])
    t.is(output.writableLength, 0)
  })
})

test('the size and its changes are those of standard output', (t) => {
  const { output, standard } = start(t)
  t.deepEqual([output.columns, output.rows, output.isTTY], [80, 24, true])
  let resized = 0
  const onResize = () => resized++
  output.on('resize', onResize)
  standard.emit('resize')
  output.off('resize', onResize)
  standard.emit('resize')
  t.is(resized, 1)
})

test('a terminal that cannot be opened again is undefined', (t) => {
  t.is(TerminalOutput.open(Object.assign(new EventEmitter()), '/nowhere'), undefined)
})
