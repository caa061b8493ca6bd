import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { temporaryFolder } from './temporary.mjs'

/** The user's cache, which all checkouts share. */
export const userCache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'ebpf')

/**
 * Folders that were made from packages, each with a stamp that says from which: `{ label, … }`. They get their names when they are
 * complete. Older ones stay. `format` is raised when the same packages are turned into something different.
 */
export class Cache {
  #path
  #stamp
  #format

  constructor(name, { stamp, format }) {
    this.#path = join(userCache, name)
    this.#stamp = stamp
    this.#format = format
  }

  /** The stamp and path of a label's newest folder. Undefined with EBPF_VM_REFRESH=1, so that Debian is asked for a newer version. */
  async newest(label) {
    if (process.env.EBPF_VM_REFRESH === '1' || !existsSync(this.#path)) return
    const found = await Promise.all((await readdir(this.#path)).map((name) => this.read(name)))
    return found.filter((cached) => cached?.label === label).sort((a, b) => b.fetched - a.fetched)[0]
  }

  /** The stamp and path of a complete folder, by its name. */
  async read(name) {
    const stamp = join(this.#path, name, this.#stamp)
    if (name.startsWith('.') || !existsSync(stamp)) return
    const cached = JSON.parse(await readFile(stamp, 'utf8'))
    return cached.format === this.#format ? { ...cached, path: join(this.#path, name) } : undefined
  }

  /** Calls `make` with a temporary folder, which is removed afterwards. */
  async working(make) {
    await mkdir(this.#path, { recursive: true })
    // In the cache itself: a folder can be renamed in one step only within one file system.
    const work = temporaryFolder(join(this.#path, '.partial-'))
    try {
      return await make(work.path)
    } finally {
      work.remove()
    }
  }

  /** Gives a complete folder its name. */
  async publish(complete, name, facts) {
    const text = JSON.stringify({ format: this.#format, ...facts, fetched: Date.now() })
    await writeFile(join(complete, this.#stamp), text)
    const path = join(this.#path, name)
    // A folder of an older format.
    if (existsSync(path) && !(await this.read(name))) await rm(path, { recursive: true })
    await rename(complete, path).catch((error) => {
      // Another run was faster; its result is the same.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
    return await this.read(name)
  }
}
