import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import type { ExecutionContext } from 'ava'

/** What scripts/lanes/package.mjs has built or downloaded. */
export interface Tools {
  readonly tarball: string
  /** The `node` binary of each release. */
  readonly nodes: Readonly<Record<string, string>>
  /** The scripts of package managers, by name. */
  readonly managers: Readonly<Record<string, string>>
  /** The installed clang. */
  readonly clang: string
}

export const tools: Tools = JSON.parse(process.env.EBPF_PACKAGE_TOOLS ?? '{}')

/** A development dependency's script in the checkout, which is not visible to the users' projects. */
export const toolScript = (path: string): string => join(process.cwd(), 'node_modules', path)

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  /** stdout and stderr. */
  readonly output: string
}

/**
 * A folder like a user's, outside of the checkout: nothing in it can resolve the checkout's modules. Removed after the
 * file's tests.
 */
export class Project {
  readonly folder: string

  constructor(t: Pick<ExecutionContext, 'teardown'>, files: Readonly<Record<string, string>> = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'ebpf-package-'))
    t.teardown(() => rmSync(this.folder, { recursive: true, force: true }))
    this.write({ 'package.json': manifest({}), ...files })
  }

  path(...names: string[]): string {
    return join(this.folder, ...names)
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(this.path(name)), { recursive: true })
      writeFileSync(this.path(name), text)
    }
  }

  /** Copies a file or a folder of the checkout. */
  copy(from: string, to: string): void {
    cpSync(from, this.path(to), { recursive: true })
  }

  run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, {
        cwd: this.folder,
        env: { ...usersEnvironment(), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let stdout = ''
      let output = ''
      child.stdout.setEncoding('utf8').on('data', (text) => {
        stdout += text
        output += text
      })
      child.stderr.setEncoding('utf8').on('data', (text) => {
        output += text
      })
      child.on('error', reject)
      child.on('close', (status) => resolve({ status, stdout, output }))
    })
  }

  /**
   * Starts a program that runs until it is stopped, as a shell or a service manager would: in its own process group.
   */
  start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    const child = spawn(command, args, {
      cwd: this.folder,
      env: { ...usersEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    return new Running(child)
  }

  node(...args: string[]): Promise<Outcome> {
    return this.run(process.execPath, args)
  }

  /** @throws if it fails. */
  async npm(...args: string[]): Promise<Outcome> {
    const outcome = await this.run('npm', [...args, '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'])
    if (outcome.status !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${outcome.output}`)
    return outcome
  }
}

/** A running program. */
export class Running {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>
  readonly #ended: Promise<unknown>
  output = ''

  constructor(child: ChildProcessByStdio<null, Readable, Readable>) {
    this.#child = child
    this.#ended = once(child, 'close')
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        this.output += text
      })
  }

  /** Waits until its output matches. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    const { stdout, stderr } = this.#child
    for (;;) {
      const found = pattern.exec(this.output)
      if (found) return found
      if (stdout.readableEnded && stderr.readableEnded) throw new Error(`it ended without ${pattern}:\n${this.output}`)
      await Promise.race([once(stdout, 'data'), once(stderr, 'data'), this.#ended])
    }
  }

  /** Sends SIGTERM to all of its processes, waits until they end, and returns everything that they have written. */
  async stop(): Promise<string> {
    if (this.#child.exitCode === null && this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGTERM')
    await this.#ended
    return this.output
  }
}

/** A package.json that depends on the tarball. */
export function manifest(fields: object): string {
  const dependencies = { ebpf: `file:${tools.tarball}` }
  return JSON.stringify({ name: 'user', version: '1.0.0', private: true, dependencies, ...fields }, null, 2)
}

/** Without the variables that `npm test` and ava set for their children. */
function usersEnvironment(): NodeJS.ProcessEnv {
  const ours = /^(npm_(package|lifecycle|command|execpath|node_execpath)|AVA|INIT_CWD$|NODE_ENV$|NODE_PATH$|EBPF_)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)))
}
