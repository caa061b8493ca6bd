import { readdirSync, statSync } from 'node:fs'
import { BpfError } from '../errors.js'
import { type IterateOptions, IteratorLink } from '../iterator.js'
import type { Program } from '../program.js'

/** Runs an iterator's program, which writes nothing, to its end. */
export async function walk(program: Program, options: IterateOptions = {}): Promise<void> {
  using link = program.attach()
  if (!(link instanceof IteratorLink)) throw new TypeError(`${program.name} is no iterator`)
  for await (const chunk of link.chunks(options)) void chunk
}

/** Runs an `iter/tcp` program over the sockets of a network namespace, or of all that this process may enter. */
export class SocketWalk {
  readonly #program: Program
  readonly #netns: string | undefined

  /** `netns` is the file of one; undefined is all. */
  constructor(program: Program, netns: string | undefined) {
    this.#program = program
    this.#netns = netns
  }

  async run(): Promise<void> {
    const own = inodeOf(ownNetns)
    const all = this.#netns === undefined ? networkNamespaces() : new Map([[inodeOf(this.#netns), this.#netns]])
    for (const [inode, netns] of all) {
      try {
        // Another namespace needs CAP_SYS_ADMIN, the own one does not.
        await walk(this.#program, inode === own ? {} : { netns })
      } catch (error) {
        // Without it, or when the namespace has ended, what the walk would find out stays unknown.
        if (!(error instanceof BpfError) || inode === own) throw error
      }
    }
  }
}

const ownNetns = '/proc/self/ns/net'

/**
 * A file for each namespace that a process is in or `ip netns` keeps, by its inode number. Threads are not asked: few have one of
 * their own.
 */
function networkNamespaces(): Map<number | undefined, string> {
  const files = new Map<number | undefined, string>()
  const candidates = [
    ownNetns,
    ...entries('/run/netns').map((name) => `/run/netns/${name}`),
    ...entries('/proc').flatMap((name) => (/^\d+$/.test(name) ? [`/proc/${name}/ns/net`] : [])),
  ]
  for (const file of candidates) {
    const inode = inodeOf(file)
    if (inode !== undefined && !files.has(inode)) files.set(inode, file)
  }
  return files
}

/** Undefined for a process that has ended, or that this one may not look into. */
function inodeOf(file: string): number | undefined {
  try {
    return statSync(file).ino
  } catch {
    return undefined
  }
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
