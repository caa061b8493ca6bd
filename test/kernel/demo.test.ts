import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import '../helpers/no-leaks.js'

function demo(...args: string[]): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, ['dist/cli.cjs', 'demo', ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  return { child, output: () => text }
}

test('the demo’s totals equal the interfaces’ and the kernel’s, and it loses nothing', async (t) => {
  const { child, output } = demo('--json', '--seconds', '4')
  const [status] = await once(child, 'exit')
  const summary = JSON.parse(output().trim().split('\n').at(-1) ?? '')
  t.is(status, 0, JSON.stringify(summary))
  t.is(summary.packets, summary.interfacePackets)
  t.is(summary.bytes, summary.interfaceBytes)
  t.is(summary.retransmittedSegments, summary.kernelRetransSegs)
  t.true(summary.kernelRetransSegs > 0)
  t.true(summary.packets > 500)
  t.true(summary.flows > 10)
  t.is(summary.lost, 0)
})

for (const signal of ['SIGINT', 'SIGKILL'] as const) {
  test(`after ${signal} in the middle nothing of the demo is left`, async (t) => {
    // As long as it can take: on a slow machine most of the default's six seconds are over at the first picture.
    const { child, output } = demo('--seconds', '12')
    const ended = once(child, 'exit')
    while (!/flows/.test(output()) && child.exitCode === null) await sleep(100)
    const holders = descendants(child.pid ?? 0)
    const seen = `processes ${holders}, status ${child.exitCode}, output ${output()}`
    t.true(holders.length >= 4, `two namespaces’ holders and two peers: ${seen}`)
    child.kill(signal)
    const [status] = await ended
    t.is(status, signal === 'SIGINT' ? 130 : null)
    // Processes of a killed demo end when they see the end of their input; with them go namespaces, interfaces and TCX links.
    for (let tries = 0; tries < 300 && holders.some(isAlive); tries++) await sleep(100)
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
