import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { print } from './subject.mjs'

/** memory-command SECONDS COMMAND…: what a command has resident so long after its start. */
const [seconds, command, ...args] = process.argv.slice(2)

const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
await sleep(Number(seconds) * 1000)
const [, kibibytes] = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? []
if (kibibytes === undefined) throw new Error(`${command} has ended`)
print({ memory: [Number(kibibytes) / 1024] })
child.kill('SIGKILL')
