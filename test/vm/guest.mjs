import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { temporaryFolder } from '../../scripts/lib/temporary.mjs'
import { script } from './command.mjs'
import { cpio, file, folder } from './cpio.mjs'
import { follow } from './follow.mjs'
import { qemu } from './qemu.mjs'

/**
 * Boots a kernel, runs a command in it on this machine's files, and resolves to the outcome. The two sides share only the report
 * folder: `command`, `root` and `visible` go in; `release`, `output` and `status` come out. A guest
 * without a status did not report, and `problem` says why in a few lines. `console` is the kernel's whole log.
 */
export async function runGuest({ kernel, userland, checkout, command, env, timeLimit, onOutput }) {
  const start = performance.now()
  const report = temporaryFolder(join(tmpdir(), 'ebpf-vm-'))
  const inReport = (name) => join(report.path, name)
  try {
    await writeFile(inReport('command'), script(userland, checkout, command, env))
    await writeFile(inReport('root'), `${userland.root}\n`)
    await writeFile(inReport('visible'), userland.visible.map((paths) => `${paths.join('\t')}\n`).join(''))
    await writeFile(inReport('output'), '')
    await writeFile(inReport('initramfs'), await initramfs(kernel, userland))

    const machine = qemu({
      architecture: kernel.architecture,
      vmlinuz: kernel.vmlinuz,
      initramfs: inReport('initramfs'),
      report: report.path,
      console: inReport('console'),
    })
    const following = follow(inReport('output'), onOutput)
    const end = await run(machine, timeLimit).finally(following.stop)

    const read = (name) => readFile(inReport(name), 'utf8').catch(() => '')
    const [release, status, output, console] = await Promise.all(['release', 'status', 'output', 'console'].map(read))
    const reported = /^\d+\n$/.test(status)
    const problem = reported ? undefined : [end, ...crash(console)].join('\n')
    return {
      release: release.trim() || undefined,
      reported,
      exitStatus: reported ? Number(status) : null,
      problem,
      output,
      console,
      seconds: (performance.now() - start) / 1000,
    }
  } finally {
    report.remove()
  }
}

/** The kernel unpacks both archives, one after the other: its modules, then what the first process needs. */
async function initramfs({ modules }, { busybox }) {
  const init = await readFile(new URL('init.sh', import.meta.url))
  return Buffer.concat([
    await readFile(modules),
    cpio([file('init', init, 0o755), folder('bin'), file('bin/busybox', await readFile(busybox), 0o755)]),
  ])
}

/** Runs the machine until it ends by itself or runs out of time, and resolves to a text that says which. */
function run([program, ...args], timeLimit) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    let over = false
    const limit = setTimeout(() => {
      over = true
      child.kill('SIGKILL')
    }, timeLimit * 1000)
    child.on('error', (error) => {
      clearTimeout(limit)
      reject(new Error(`cannot run ${program}: ${error.message}`))
    })
    child.on('close', (status, signal) => {
      clearTimeout(limit)
      const how = over ? `the guest was killed after ${timeLimit} s` : `QEMU ended with ${signal ?? `status ${status}`}`
      resolve([how, said.trim()].filter(Boolean).join(': '))
    })
  })
}

/** The line with which the kernel's crash begins, and the later line with the instruction pointer, if any. */
function crash(console) {
  const lines = console.trimEnd().split('\n')
  const first = lines.findIndex((line) => /BUG:|Oops|Kernel panic/.test(line))
  if (first < 0) return []
  const rip = lines.findIndex((line, i) => i > first && /\b(RIP|pc) *:/.test(line))
  return [lines[first], ...(rip < 0 ? [] : [lines[rip]])]
}
