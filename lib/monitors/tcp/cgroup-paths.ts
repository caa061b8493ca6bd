import { readdirSync, readFileSync, statSync } from 'node:fs'
import { BpfError } from '../../errors.js'
import { LoopTurns } from '../../internal/loop-turns.js'
import { systemError } from '../../internal/system-error.js'
import { type CgroupLookup, cgroupLookup } from '../../kernel/cgroup-path.js'

/** Ids are never reused, so an answer stays right; but cgroups come and go. */
const mostKnown = 16_384
/** Walks take at most a tenth of the time. */
const restPerWalk = 10

/** How a connection names its cgroup. */
export interface CgroupName {
  readonly id: number
  readonly path?: string
}

export interface CgroupSource {
  /** Where cgroup2 is mounted. */
  readonly root: string | undefined
  readonly lookup: CgroupLookup | undefined
}

/**
 * Finds the names of v2 cgroups by their ids. An id is also the handle of the cgroup's directory, which a single system call can open.
 * That needs CAP_DAC_READ_SEARCH; without it, the tree is searched for the directories' inode numbers, yielding to the event loop.
 */
export class CgroupPaths {
  readonly #root: string | undefined
  #lookup: CgroupLookup | undefined
  #known = new Map<number, CgroupName>()
  /** What the next walk looks for. */
  #wanted = new Map<number, { -readonly [K in keyof CgroupName]: CgroupName[K] }>()
  /** When the next walk may begin, by `performance.now()`. */
  #nextWalk = 0
  #walking: Promise<void> | undefined

  constructor({ root, lookup }: CgroupSource = { root: mountedAt(), lookup: cgroupLookup() }) {
    this.#root = root
    this.#lookup = lookup
  }

  /** Whether `complete` may add paths to what `of` returned. */
  get incomplete(): boolean {
    return this.#walking !== undefined || (this.#wanted.size > 0 && performance.now() >= this.#nextWalk)
  }

  /** Includes the path below the mount, `/system.slice/ssh.service`, unless the cgroup is gone or no cgroup v2 is mounted. */
  of(id: number): CgroupName {
    const known = this.#known.get(id)
    if (known) return known
    if (this.#root === undefined) return { id }
    const found = this.#find(this.#root, id)
    if (found) return this.#note(found)
    const wanted = this.#wanted.get(id) ?? { id }
    if (this.#wanted.size < mostKnown) this.#wanted.set(id, wanted)
    return wanted
  }

  /** Resolves when everything that `of` returned so far has its path. What a recent walk did not find is most likely gone. */
  complete(): Promise<void> {
    if (!this.#walking && this.incomplete && this.#root !== undefined) {
      this.#walking = this.#walk(this.#root).finally(() => {
        this.#walking = undefined
      })
    }
    return this.#walking ?? Promise.resolve()
  }

  /** Undefined if ids cannot be looked up. */
  #find(root: string, id: number): CgroupName | undefined {
    if (!this.#lookup) return undefined
    try {
      const path = this.#lookup(root, id)
      return path === undefined ? { id } : { id, ...below(root, path) }
    } catch (error) {
      // Retried with the next call: the process has no descriptor or memory left at the moment.
      if (error instanceof BpfError && ['EMFILE', 'ENFILE', 'ENOMEM'].includes(error.code)) return undefined
      this.#lookup = undefined
      return undefined
    }
  }

  #note(name: CgroupName): CgroupName {
    if (this.#known.size >= mostKnown) this.#known.clear()
    this.#known.set(name.id, name)
    return name
  }

  async #walk(root: string): Promise<void> {
    const wanted = this.#wanted
    this.#wanted = new Map()
    const turns = new LoopTurns()
    let begun = performance.now()
    let working = 0
    // A list instead of recursion: whoever may create cgroups chooses how deep they are.
    const directories = ['/']
    for (let path = directories.pop(); path !== undefined; path = directories.pop()) {
      if (turns.over) {
        working += performance.now() - begun
        await turns.take()
        begun = performance.now()
      }
      const id = inodeOf(root + path)
      const name = id === undefined ? undefined : wanted.get(id)
      if (name) {
        name.path = path
        this.#note(name)
        wanted.delete(name.id)
      }
      for (const each of subdirectories(root + path)) directories.push(path === '/' ? `/${each}` : `${path}/${each}`)
    }
    for (const name of wanted.values()) this.#note(name)
    const end = performance.now()
    this.#nextWalk = end + restPerWalk * (working + end - begun)
  }
}

/** Empty for a cgroup outside the mount, as in another cgroup namespace. */
function below(root: string, path: string): { path?: string } {
  const mount = root === '/' ? '' : root
  if (path === root) return { path: '/' }
  return path.startsWith(`${mount}/`) && !path.endsWith(' (deleted)') ? { path: path.slice(mount.length) } : {}
}

/** Undefined if it was removed in the meantime. */
function inodeOf(directory: string): number | undefined {
  try {
    return statSync(directory).ino
  } catch {
    return undefined
  }
}

function subdirectories(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  } catch {
    return []
  }
}

/** proc(5), mountinfo: the mount point is the fifth field, the type is the first field after the dash. */
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
