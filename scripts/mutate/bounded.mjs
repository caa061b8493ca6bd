import { spawn } from 'node:child_process'
import { root } from '../lib/root.mjs'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a command for at most `milliseconds`, in its own process group: the processes that it starts end with it, and with this
 * process. Resolves to its status, which is undefined if it ran out of time, and to its output.
 */
export function bounded([command, ...args], { milliseconds, env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      detached: true,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const end = () => killGroup(child.pid)
    // Prepended, because the temporary folder's listener removes the folder and ends the process.
    for (const signal of signals) process.prependOnceListener(signal, end)
    let late = false
    const timer = setTimeout(() => {
      late = true
      end()
    }, milliseconds)
    const chunks = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.stderr.on('data', (chunk) => chunks.push(chunk))
    child.on('exit', end)
    child.on('error', reject)
    child.on('close', (status) => {
      clearTimeout(timer)
      for (const signal of signals) process.off(signal, end)
      resolve({ status: late ? undefined : (status ?? 1), output: Buffer.concat(chunks).toString() })
    })
  })
}

function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}
