import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { cli } from '../helpers/command-line.js'
import { withLoopback } from '../helpers/demo-network.js'
import { eventually } from '../helpers/eventually.js'
import { onTerminal } from '../helpers/terminal.js'

/* Readers that stand still, disks that are full, terminals that are closed or given back to the shell. */

function folderOf(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'ends-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

for (const command of ['flows -i lo --json', 'flows -i lo', 'retransmits --json']) {
  test(`a reader that stands still does not keep ${command} from ending, which says that the output is not complete`, async (t) => {
    await withLoopback(async (netns) => {
      const pipe = join(folderOf(t), 'pipe')
      execFileSync('mkfifo', [pipe])
      const fd = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK)
      t.teardown(() => closeSync(fd))
      const args = [...command.split(' '), '--netns', netns.path, '--interval', '0.05']
      const output = openSync(pipe, 'w')
      const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', output, 'pipe'] })
      closeSync(output)
      let complaint = ''
      child.stderr?.on('data', (text) => {
        complaint += text
      })
      const ended = once(child, 'exit')
      await eventually('it writes', () => attempt(() => readSync(fd, Buffer.alloc(1))))
      // Nobody reads any more, and there is no room.
      while (attempt(() => writeSync(fd, ' ')));
      child.kill('SIGTERM')
      t.deepEqual(await ended, [1, null])
      t.is(complaint, 'ebpf: the output is not complete: its reader stood still when the command was asked to end\n')
    })
  })
}

function attempt(act: () => void): boolean {
  try {
    act()
    return true
  } catch {
    return false
  }
}

for (const command of [
  'flows --json -i lo --interval 0.1',
  'flows -i lo --interval 0.1',
  'retransmits --json --interval 0.1',
  'types test/fixtures/handles.bpf.o',
  'types --help',
  '--version',
]) {
  test(`a full disk ends ${command} with a sentence and status 1`, (t) => {
    const full = openSync('/dev/full', 'w')
    t.teardown(() => closeSync(full))
    const { status, stderr } = spawnSync(process.execPath, [cli, ...command.split(' ')], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    })
    t.is(stderr, 'ebpf: cannot write to standard output: no space left on device (ENOSPC)\n')
    t.is(status, 1)
  })
}

for (const command of ['flows -i lo', 'retransmits']) {
  test(`${command} ends with status 0 when its terminal is closed`, async (t) => {
    await withLoopback(async (netns) => {
      const status = join(folderOf(t), 'status')
      const args = `${command} --netns ${netns.path} --interval 0.1`
      // The shell outlives its terminal, to see how the command ends.
      const terminal = onTerminal(`sh -c 'trap : HUP; ${process.execPath} ${cli} ${args}; echo $? > ${status}'`)
      await terminal.until(/(PROTO|PEER).*\n.*(PROTO|PEER)/s)
      terminal.close()
      await eventually('the shell saw its status', () => attempt(() => readFileSync(status)))
      await eventually('it is written', () => readFileSync(status, 'utf8') !== '')
      t.is(readFileSync(status, 'utf8'), '0\n')
    })
  })
}

test('Ctrl-Z below a script stops the whole job; fg brings the table back, and q ends it', async (t) => {
  await withLoopback(async (netns) => {
    const terminal = onTerminal('bash --norc --noprofile -i')
    t.teardown(terminal.close)
    const args = `flows -i lo --netns ${netns.path} --interval 0.1`
    terminal.type(`PS1='ready> '\r`)
    await terminal.until(/ready> $/)
    terminal.type(`sh -c '${process.execPath} ${cli} ${args}; exit $?'\r`)
    await terminal.until(/PROTO/)
    terminal.type('\u001a')
    await terminal.until(/\[\?1049l.*Stopped.*ready> /s)
    terminal.type('fg\r')
    await terminal.until(/\[\?1049h.*PROTO.*q quit/s)
    terminal.type('q')
    await terminal.until(/\[\?1049l.*PROTO.*ready> /s)
    terminal.type('exit $?\r')
    t.is(await terminal.ended, 0)
  })
})
