import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exec } from './exec.mjs'

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/**
 * apt for one suite and architecture of Debian, with its own sources, state and archives under `folder`: the
 * machine's do not change. The machine's proxies and credentials apply, and signatures are verified as usual.
 */
export class Apt {
  #folder
  #architecture
  #options

  constructor(folder, architecture) {
    this.#folder = folder
    this.#architecture = architecture
    const settings = {
      'APT::Architecture': architecture,
      'APT::Architectures': architecture,
      // The folder is not accessible to the user that apt downloads as by default.
      'APT::Sandbox::User': 'root',
      'Dir::Etc::sourcelist': join(folder, 'sources.list'),
      'Dir::Etc::sourceparts': '/dev/null',
      // The machine's pins and installed packages must not decide which version is the candidate.
      'Dir::Etc::preferences': '/dev/null',
      'Dir::Etc::preferencesparts': '/dev/null',
      'Dir::State': join(folder, 'state'),
      'Dir::State::status': join(folder, 'status'),
      'Dir::Cache': join(folder, 'cache'),
      'Acquire::Languages': 'none',
      'Acquire::Retries': '3',
    }
    this.#options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`])
  }

  /** Fetches the package lists of the suite and of its security suite. */
  async update(suite, mirror) {
    for (const name of ['state/lists/partial', 'cache/archives/partial', 'debs']) {
      await mkdir(join(this.#folder, name), { recursive: true })
    }
    // A suite that is no longer supported is not signed again, so its Release file expires.
    const source = (uri, suite) =>
      `deb [arch=${this.#architecture} signed-by=${keyring} check-valid-until=no] ${uri} ${suite} main\n`
    const sources = source(mirror.main, suite) + (mirror.security ? source(mirror.security, `${suite}-security`) : '')
    await writeFile(join(this.#folder, 'sources.list'), sources)
    await writeFile(join(this.#folder, 'status'), '')
    await exec('apt-get', [...this.#options, '--quiet', 'update', '--error-on=any'])
  }

  /** The candidate versions of a package and, recursively, of its dependencies whose names match. */
  async resolve(name, wanted, found = new Map()) {
    const text = await exec('apt-cache', [...this.#options, 'show', '--no-all-versions', name])
    const field = (key) => new RegExp(`^${key}: (.*)$`, 'm').exec(text)?.[1] ?? ''
    found.set(name, field('Version'))
    for (const dependency of field('Depends').split(/[,|]\s*/)) {
      const [dependent] = dependency.trim().split(' ')
      if (wanted.test(dependent) && !found.has(dependent)) await this.resolve(dependent, wanted, found)
    }
    return found
  }

  /** Resolves to the files of the packages, which are a map of names to versions. */
  async download(packages) {
    const cwd = join(this.#folder, 'debs')
    const pinned = [...packages].map(([name, version]) => `${name}=${version}`)
    await exec('apt-get', [...this.#options, '--quiet', 'download', ...pinned], { cwd })
    return (await readdir(cwd)).map((name) => join(cwd, name))
  }

  /** Resolves to the files of the packages and of all their dependencies. */
  async downloadAll(names) {
    await exec('apt-get', [
      ...this.#options,
      ...'--quiet --yes --no-install-recommends --download-only install'.split(' '),
      ...names,
    ])
    const archives = join(this.#folder, 'cache/archives')
    return (await readdir(archives)).filter((name) => name.endsWith('.deb')).map((name) => join(archives, name))
  }
}

/** The Debian mirrors that this machine's own apt uses. */
export async function debianMirror() {
  const uris = (await exec('apt-get', ['indextargets', '--format', '$(REPO_URI)']))
    .split('\n')
    .map((uri) => uri.replace(/\/$/, ''))
  const main = uris.find((uri) => uri.endsWith('/debian'))
  if (!main) throw new Error('apt is configured for no mirror of Debian: there is nowhere to have the kernels from')
  return { main, security: uris.find((uri) => uri.endsWith('/debian-security')) }
}
