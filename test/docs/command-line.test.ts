import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import test from 'ava'
import { allLines, cli, startCommand } from '../helpers/command-line.js'
import { withAddresses, withLoopback } from '../helpers/demo-network.js'
import { onTerminal } from '../helpers/terminal.js'
import { keepSending, runUntilStopped } from '../helpers/traffic.js'

/* What docs/command-line.md says of terminals and ends. It is the same on every kernel, so it is not in the lane that machines repeat. */

const alternateScreen = '\u001b[?1049h\u001b[?25l'
const screenBefore = '\u001b[?25h\u001b[?1049l'

test('on a terminal keys sort, filter and quit, and what was there before is back, with the last table', async (t) => {
  await withAddresses(async ({ client, server }) => {
    const sending = keepSending(client.netns, server.ipv4)
    const args = `flows -i ${client.interface} --netns ${client.netns.path} --interval 0.2`
    const { type, until, output, ended } = onTerminal(`${process.execPath} ${cli} ${args}`)
    await until(/UDP.*:10000/)
    type('s')
    await until(/PACKETS▾/)
    type('/nothing-like-it')
    await until(/filter: nothing-like-it/)
    type('\r')
    // A whole frame without the flow, and one in which it is back.
    await until(/PACKETS▾[^U]*q quit/)
    type('/')
    for (let i = 0; i < 'nothing-like-it'.length; i++) type('\u007f')
    type('10000\r')
    await until(/UDP.*:10000/)
    type('q')
    t.is(await ended, 0)
    await sending.stop()
    const [before = '', after = ''] = output().split(screenBefore)
    t.true(before.includes(alternateScreen))
    t.regex(after, /PACKETS▾.*\r\n.*UDP.*:10000/s)
  })
})

for (const how of ['SIGTERM', 'SIGHUP', 'SIGQUIT', 'Ctrl-C', '--duration'] as const) {
  test(`on a terminal ${how} ends flows and restores the screen`, async (t) => {
    await withLoopback(async (netns) => {
      const duration = how === '--duration' ? '--duration 0.5' : ''
      const args = `flows -i lo --netns ${netns.path} ${duration}`
      const terminal = onTerminal(`${process.execPath} ${cli} ${args}`, { columns: 40, rows: 5 })
      await terminal.until(/PROTO/)
      if (how === 'Ctrl-C') terminal.type('\u0003')
      else if (how !== '--duration') process.kill(terminal.pid, how)
      t.is(await terminal.ended, 0)
      t.is(terminal.output().split(alternateScreen).length, 2)
      t.is(terminal.output().split(screenBefore).length, 2)
    })
  })
}

for (const args of [['--json'], ['--sort', 'rate']]) {
  test(`a reader that goes away ends flows ${args.join(' ')} without an error`, async (t) => {
    await withLoopback(async (netns) => {
      const where = ['flows', '-i', 'lo', '--netns', netns.path, '--interval', '0.1']
      const child = spawn(process.execPath, [cli, ...where, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
      let complaint = ''
      child.stderr.on('data', (text) => {
        complaint += text
      })
      const ended = once(child, 'exit')
      await once(child.stdout, 'data')
      child.stdout.destroy()
      t.deepEqual(await ended, [0, null])
      t.is(complaint, '')
    })
  })
}

test('retransmits --events tells of each event as it happens, until --duration is over', async (t) => {
  await withLoopback(async (netns) => {
    // Nobody listens there: a connection is opened and refused at once.
    const connecting = runUntilStopped(
      netns,
      `import { connect } from 'node:net'
       setInterval(() => connect(9, '127.0.0.1').on('error', () => {}), 50)`,
    )
    const args = ['--events', 'opened,reset,closed', '--netns', netns.path, '--duration', '0.7']
    const command = startCommand('retransmits', ...args)
    const seen = await allLines(command)
    await connecting.stop()
    t.deepEqual(await command.ended, [0, null])
    for (const event of [/opened /, /reset .* received/, /closed /]) {
      const found = seen.filter((line) => event.test(line))
      t.true(found.length > 0, String(event))
      for (const line of found)
        t.regex(line, /^\d\d:\d\d:\d\d\.\d{3} .* 127\.0\.0\.1:(\d+ → 127\.0\.0\.1:9|9 . 127\.0\.0\.1:\d+)/)
    }
  })
})

test('who lacks capabilities is told which, with status 1', (t) => {
  const few = '-all,+net_admin,+dac_read_search'
  const setpriv = ['--reuid=65534', '--regid=65534', '--clear-groups', `--inh-caps=${few}`, `--ambient-caps=${few}`]
  for (const command of [['flows', '-i', 'lo'], ['retransmits']]) {
    const { status, stderr } = spawnSync(
      'unshare',
      ['--net', 'setpriv', ...setpriv, `--bounding-set=${few}`, process.execPath, cli, ...command],
      { encoding: 'utf8' },
    )
    t.is(status, 1)
    t.is(stderr, 'ebpf: the process lacks CAP_PERFMON, CAP_BPF: run it as root, or see what ebpf doctor advises\n')
  }
})
