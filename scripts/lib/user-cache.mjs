import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { temporaryFolder } from './temporary.mjs'

/** What is kept of a user from one checkout to the next. */
export const userCache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'ebpf')

/**
 * Folders that were made from packages, each with a stamp that says of what: `{ label, … }`. They get their names when they are
 * complete. Older ones stay. `format` goes up when the same packages are made to something else.
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

  /** The newest of a label, its stamp and its path; none with EBPF_VM_REFRESH=1, which asks Debian whether there is a newer one. */
  async newest(label) {
    if (process.env.EBPF_VM_REFRESH === '1' || !existsSync(this.#path)) return
    const found = await Promise.all((await readdir(this.#path)).map((name) => this.read(name)))
    return found.filter((cached) => cached?.label === label).sort((a, b) => b.fetched - a.fetched)[0]
  }

  /** A complete one, by the name of its folder. */
  async read(name) {
    const stamp = join(this.#path, name, this.#stamp)
    if (name.startsWith('.') || !existsSync(stamp)) return
    const cached = JSON.parse(await readFile(stamp, 'utf8'))
    return cached.format === this.#format ? { ...cached, path: join(this.#path, name) } : undefined
  }

  /** Calls with a folder for what is needed in between, which is gone afterwards. */
  async working(make) {
    await mkdir(this.#path, { recursive: true })
    // In the cache itself: only within one file system does a folder get its name in one step.
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
    // What an older format left here.
    if (existsSync(path) && !(await this.read(name))) await rm(path, { recursive: true })
    await rename(complete, path).catch((error) => {
      // Another run was faster; what it made is the same.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
    return await this.read(name)
  }
}
