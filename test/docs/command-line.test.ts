import test from 'ava'
import { withAddresses } from '../helpers/demo-network.js'
import { onTerminal } from '../helpers/terminal.js'
import { keepSending } from '../helpers/traffic.js'

/* What docs/command-line.md says of terminals. It is the same on every kernel, so it is not in the lane that machines repeat. */

const cli = 'dist/cli.cjs'

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

for (const how of ['SIGTERM', 'SIGHUP', 'Ctrl-C', '--duration'] as const) {
  test(`on a terminal ${how} ends flows and restores the screen`, async (t) => {
    await withAddresses(async ({ client }) => {
      const duration = how === '--duration' ? '--duration 1' : ''
      const args = `flows -i ${client.interface} --netns ${client.netns.path} ${duration}`
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
