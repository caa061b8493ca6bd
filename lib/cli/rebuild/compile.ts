import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { CliError } from '../cli-error.js'

/** What the addon is built from. */
const sources = ['binding.gyp', 'package.json', 'libbpf', 'src-native']

/** make gives every other character in a path a special meaning; a space ends the path. */
const plainPath = /^[\w@+,./-]+$/

interface Compilation {
  readonly nodeGyp: string
  readonly env: NodeJS.ProcessEnv
  readonly verbose: boolean
  readonly signal: AbortSignal
}

/**
 * Compiles the addon from a copy of the sources, so that the package stays as it is until there is a new one, then calls `use` with the
 * new file. The copy is inside the package or, if make cannot handle that path, in the folder for temporary files.
 */
export async function compile(root: string, compilation: Compilation, use: (addon: string) => Promise<void>) {
  if (compilation.signal.aborted) return
  const work = workFolder(root)
  try {
    for (const name of sources) cpSync(join(root, name), join(work, name), { recursive: true, dereference: true })
    await runNodeGyp(work, compilation)
    if (!compilation.signal.aborted) await use(join(work, 'build/Release/ebpf.node'))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function workFolder(root: string): string {
  const folder = [root, tmpdir()].find((path) => plainPath.test(path))
  if (folder === undefined) {
    throw new CliError(
      `make can work neither in ${root} nor in ${tmpdir()}: set TMPDIR to a folder without spaces in its path`,
    )
  }
  try {
    return mkdtempSync(join(folder, 'rebuild-'))
  } catch (error) {
    throw new CliError(`cannot write to ${folder}: ${(error as Error).message}`)
  }
}

async function runNodeGyp(work: string, { nodeGyp, env, verbose, signal }: Compilation): Promise<void> {
  const headers = join(work, 'src-native')
  const jobs = String(availableParallelism())
  const args = [nodeGyp, 'rebuild', '--directory', work, '--nodedir', headers, '--jobs', jobs]
  // In its own process group, so that make and the compilers are ended with it.
  const child = spawn(process.execPath, args, { cwd: work, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let said = ''
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    if (verbose) from.pipe(to)
    else {
      from.setEncoding('utf8').on('data', (text) => {
        said += text
      })
    }
  }
  const closed = once(child, 'close')
  // If nobody reads its output, its pipes never close, so wait for its exit.
  const stopped = once(signal, 'abort').then(() => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM')
    return once(child, 'exit')
  })
  const [status] = await Promise.race([closed, stopped])
  if (status !== 0 && !signal.aborted) throw new CliError(`node-gyp failed${verbose ? '' : `:\n${said.trimEnd()}`}`)
}
