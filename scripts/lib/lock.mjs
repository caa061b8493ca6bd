import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { say } from './print.mjs'
import { inRoot } from './root.mjs'

const file = inRoot('.cache/lock')

/** Does the work while holding this checkout's lock: two simultaneous builds would remove each other's files. */
export async function exclusively(work) {
  for (let told = false; !acquire(); told = true) {
    if (!told) say(`waiting for process ${holder()}, which builds here too`)
    await sleep(200)
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

function acquire() {
  mkdirSync(dirname(file), { recursive: true })
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    if (!isAlive(holder())) rmSync(file, { force: true })
    return false
  }
}

/** NaN if the lock was released meanwhile. */
function holder() {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10)
  } catch (error) {
    if (error.code === 'ENOENT') return Number.NaN
    throw error
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
