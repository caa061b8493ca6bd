import { readdirSync, readFileSync } from 'node:fs'
import test from 'ava'
import { startCommand } from '../helpers/command-line.js'
import { eventually } from '../helpers/eventually.js'
import '../helpers/no-leaks.js'

for (const signal of ['SIGINT', 'SIGKILL'] as const) {
  test(`after ${signal} in the middle nothing of the demo is left`, async (t) => {
    // As long as it can take: on a slow machine most of the default's six seconds are over at the first picture.
    const { child, ended, lines } = startCommand('demo', '--seconds', '12')
    const { value: title } = await lines.next()
    t.regex(title ?? '', /^ebpf demo: /)
    const holders = descendants(child.pid ?? 0)
    t.true(holders.length >= 4, `two namespaces’ holders and two peers: ${holders}`)
    child.kill(signal)
    const [status] = await ended
    t.is(status, signal === 'SIGINT' ? 130 : null)
    await lines.return(undefined)
    // Processes of a killed demo end when they see the end of their input; with them go namespaces, interfaces and TCX links.
    await eventually('they are gone', () => !holders.some(isAlive))
    t.deepEqual(holders.filter(isAlive), [])
  })
}

/** A zombie is dead: its parent here is whatever adopted it, which may take its time to reap it. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

function descendants(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const parent = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))
        return [[Number(name), Number(parent?.[1])] as const]
      } catch {
        return [] // it ended meanwhile
      }
    })
  const children = parents.flatMap(([child, parent]) => (parent === pid ? [child] : []))
  return children.flatMap((child) => [child, ...descendants(child)])
}
