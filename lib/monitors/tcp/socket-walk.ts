import { readdirSync, statSync } from 'node:fs'
import { BpfError } from '../../errors.js'
import { isResource } from '../../internal/limit-reached.js'
import { LoopTurns } from '../../internal/loop-turns.js'
import { systemError } from '../../internal/system-error.js'
import { type IterateOptions, IteratorLink } from '../../link/iterator-link.js'
import { isThere, type NetworkNamespace, networkNamespace, networkNamespaces } from '../../net/namespace.js'
import type { Program } from '../../program/program.js'

/** Runs an iterator's program, which writes nothing, to its end. */
export async function walk(program: Program, options: IterateOptions = {}): Promise<void> {
  using link = program.attach()
  if (!(link instanceof IteratorLink)) throw new TypeError(`${program.name} is no iterator`)
  for await (const chunk of link.chunks(options)) void chunk
}

/** Runs an `iter/tcp` program over the sockets of one network namespace, or of all that this process may enter. */
export class SocketWalk {
  readonly #program: Program
  readonly #namespace: NetworkNamespace | undefined

  /** Without a namespace: all of them. */
  constructor(program: Program, namespace: NetworkNamespace | undefined) {
    this.#program = program
    this.#namespace = namespace
  }

  async run(): Promise<void> {
    // Its file, and also its inode number, may belong to another namespace by now.
    if (this.#namespace && !isThere(this.#namespace)) return
    const own = networkNamespace()
    const files = this.#namespace ? new Map([[this.#namespace.inode, this.#namespace.file]]) : await everyNamespace(own)
    for (const [inode, file] of files) {
      try {
        // Another namespace needs CAP_SYS_ADMIN, this process's own does not.
        await walk(this.#program, inode === own.inode ? {} : { netns: file })
      } catch (error) {
        // Without it, or if the namespace has ended, what the walk would have found stays unknown.
        if (!(error instanceof BpfError) || inode === own.inode || isResource(error.code)) throw error
      }
    }
  }
}

/**
 * A file for each namespace that a process is in or that `ip netns` keeps, by inode number. Threads are not checked, because few have
 * a namespace of their own. There may be thousands of processes, so this yields to the event loop.
 */
async function everyNamespace(own: NetworkNamespace): Promise<Map<number, string>> {
  const turns = new LoopTurns()
  const files = new Map([own, ...networkNamespaces().values()].map(({ inode, file }) => [inode, file]))
  for (const entry of processes()) {
    if (turns.over) await turns.take()
    const file = `/proc/${entry}/ns/net`
    const inode = /^\d+$/.test(entry) ? inodeOf(file) : undefined
    if (inode !== undefined && !files.has(inode)) files.set(inode, file)
  }
  return files
}

function processes(): string[] {
  try {
    return readdirSync('/proc')
  } catch (cause) {
    throw systemError(cause, 'list /proc')
  }
}

/** Undefined for a process that has ended, or that this one may not look into. */
function inodeOf(file: string): number | undefined {
  try {
    return statSync(file).ino
  } catch {
    return undefined
  }
}
