import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { CliError } from '../cli-error.js'

/**
 * A network namespace without a name, held by a process that ends when its standard input does. However this process dies, its end of
 * the pipe closes, the holder ends, and the kernel removes the namespace with everything in it.
 */
export class NetworkNamespace {
  readonly #holder: ChildProcess
  readonly pid: number

  private constructor(holder: ChildProcess, pid: number) {
    this.#holder = holder
    this.pid = pid
  }

  static async create(): Promise<NetworkNamespace> {
    // Detached: Ctrl-C goes to the foreground process group, and the holder must outlive the cleanup.
    const script = 'ip link set lo up && echo ready && exec cat >/dev/null'
    const holder = spawn('unshare', ['--net', 'sh', '-c', script], { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    let complaint = ''
    holder.stderr.on('data', (text) => {
      complaint += text
    })
    await new Promise<void>((resolve, reject) => {
      holder.once('error', (cause) => reject(new CliError('cannot run unshare of util-linux', { cause })))
      holder.once('exit', (status) =>
        reject(new CliError(`cannot make a network namespace (status ${status}): ${complaint.trim()}`)),
      )
      holder.stdout.once('data', () => resolve())
    })
    holder.stdin.on('error', () => {}) // the holder may be gone when its pipe is closed
    if (holder.pid === undefined) throw new CliError('the namespace has no process')
    return new NetworkNamespace(holder, holder.pid)
  }

  /** The namespace's file. */
  get path(): string {
    return `/proc/${this.pid}/ns/net`
  }

  get inode(): number {
    return statSync(this.path).ino
  }

  /** Reads a file of /proc/net as this namespace sees it. */
  readProcNet(file: string): string {
    return readFileSync(`/proc/${this.pid}/net/${file}`, 'utf8')
  }

  /** Starts a command inside; its standard input ends when this process does. */
  spawn(command: string, args: readonly string[]): ChildProcess {
    return spawn('nsenter', [`--net=${this.path}`, command, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    })
  }

  /** Runs iproute2 commands, one per line, without the leading `ip`, and returns their output. */
  ip(...commands: string[]): string {
    const { status, error, stdout, stderr } = spawnSync('nsenter', [`--net=${this.path}`, 'ip', '-batch', '-'], {
      input: commands.join('\n'),
      encoding: 'utf8',
    })
    if (error) throw new CliError('cannot run nsenter of util-linux', { cause: error })
    if (status !== 0) throw new CliError(`ip failed (status ${status}): ${stderr.trim()}`)
    return stdout
  }

  /** Runs `tc` in the namespace; false if the kernel does not support what is asked for. */
  tc(...args: string[]): boolean {
    return spawnSync('nsenter', [`--net=${this.path}`, 'tc', ...args]).status === 0
  }

  async remove(): Promise<void> {
    if (this.#holder.exitCode !== null || this.#holder.signalCode !== null) return
    const ended = new Promise((resolve) => this.#holder.once('exit', resolve))
    this.#holder.stdin?.end()
    await ended
  }
}
