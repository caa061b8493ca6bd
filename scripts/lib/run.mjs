import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { root } from './root.mjs'

/** An error for the person who typed the command: printed without a stack. */
export class Failure extends Error {}

/**
 * Runs a command in the repository without a shell and resolves to its exit status and its output: both streams in the
 * order in which they arrived, and standard output alone.
 */
export function capture(command, args, { env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const both = []
    const out = []
    child.stdout.on('data', (chunk) => {
      both.push(chunk)
      out.push(chunk)
    })
    child.stderr.on('data', (chunk) => both.push(chunk))
    child.on('error', (error) => reject(new Failure(`cannot run ${command}: ${error.message}`)))
    child.on('close', (status, signal) => {
      resolve({
        status: status ?? 128 + constants.signals[signal],
        output: Buffer.concat(both).toString(),
        stdout: Buffer.concat(out).toString(),
      })
    })
  })
}

/** Runs a command that must succeed; its output is shown only if it fails. Resolves to standard output. */
export async function run(command, args, options) {
  const { status, output, stdout } = await capture(command, args, options)
  if (status !== 0)
    throw new Failure(`${output.trimEnd()}\n${[command, ...args].join(' ')}\nended with status ${status}`)
  return stdout
}

/** Runs a command that must succeed, and shows its output while it runs. */
export function show(command, args, { cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', (error) => reject(new Failure(`cannot run ${command}: ${error.message}`)))
    child.on('close', (status, signal) => {
      if (status === 0) resolve()
      else reject(new Failure(`${[command, ...args].join(' ')}\nended with ${signal ?? `status ${status}`}`))
    })
  })
}

/** Runs a script of a development dependency by its file, so that nothing depends on PATH. */
export const node = (script, args, options) => run(process.execPath, [script, ...args], options)

/** Waits for all, so that nothing is still running when a failure is thrown. */
export async function all(promises) {
  const failures = (await Promise.allSettled(promises)).flatMap((result) => result.reason ?? [])
  if (failures.length > 1) throw new Failure(failures.map((failure) => failure.message).join('\n'))
  if (failures.length > 0) throw failures[0]
}
