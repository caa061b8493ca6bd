import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { print } from './subject.mjs'

/** memory-command COMMAND…: what a command has resident three seconds after its start. */
const [command, ...args] = process.argv.slice(2)

const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
await sleep(3000)
const [, kibibytes] = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? []
if (kibibytes === undefined) throw new Error(`${command} has ended`)
print({ memory: [Number(kibibytes) / 1024] })
child.kill('SIGKILL')
