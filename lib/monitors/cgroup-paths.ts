import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { systemError } from '../internal/system-error.js'

const maxMissing = 4096
/** A walk stops the event loop, so walks take a tenth of the time at most. */
const restPerWalk = 10

/** Finds a cgroup v2 by its id, which is the inode number of its directory. */
export class CgroupPaths {
  readonly #root: string | undefined = mountedAt()
  #paths = new Map<number, string>()
  /** Ids that a walk did not find: their cgroups are gone, or outside this process's cgroup namespace. */
  #missing = new Set<number>()
  /** When the next walk may begin, by `performance.now()`. */
  #nextWalk = 0

  /** The path below the mount, `/system.slice/ssh.service`; undefined when there is none, or no cgroup v2 is mounted. */
  find(inode: number): string | undefined {
    if (this.#root === undefined || this.#missing.has(inode)) return undefined
    const start = performance.now()
    // What the last walk, a moment ago, did not find is most likely gone: thousands of cgroups may go at once.
    if (!this.#paths.has(inode) && start >= this.#nextWalk) {
      this.#paths = new Map()
      this.#walk(this.#root, '/')
      const end = performance.now()
      this.#nextWalk = end + restPerWalk * (end - start)
      if (!this.#paths.has(inode)) this.#note(inode)
    }
    return this.#paths.get(inode)
  }

  #note(missing: number): void {
    if (this.#missing.size >= maxMissing) this.#missing.clear()
    this.#missing.add(missing)
  }

  #walk(directory: string, path: string): void {
    try {
      this.#paths.set(statSync(directory).ino, path)
      for (const entry of readdirSync(directory, { withFileTypes: true })) {
        if (entry.isDirectory()) this.#walk(join(directory, entry.name), join(path, entry.name))
      }
    } catch {
      // It was removed meanwhile.
    }
  }
}

/** proc(5), mountinfo: the mount point is the fifth field, the type the first behind the dash. */
function mountedAt(): string | undefined {
  for (const line of mountinfo().split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    if (after.startsWith('cgroup2 ')) {
      return before
        .split(' ')[4]
        ?.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))
    }
  }
  return undefined
}

function mountinfo(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8')
  } catch (cause) {
    throw systemError(cause, 'look for the mount of cgroup2')
  }
}
