import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where the archive of a source may be had, in the order of preference. */
export function* originsOf({ upstream, debian }) {
  yield { name: upstream, download: () => fromUpstream(upstream) }
  for (const mirror of debianMirrors()) {
    yield { name: `${mirror} ${debian.suite}`, download: () => fromDebian(mirror, debian) }
  }
}

async function fromUpstream(url) {
  const abort = new AbortController()
  const limit = setTimeout(() => abort.abort(new Error('no answer within 5 s')), 5000)
  try {
    const response = await fetch(url, { signal: abort.signal })
    if (!response.ok) throw new Error(`HTTP status ${response.status}`)
    limit.refresh()
    const parts = []
    for await (const part of response.body) {
      // As long as something comes, it may take its time.
      limit.refresh()
      parts.push(part)
    }
    return Buffer.concat(parts)
  } finally {
    clearTimeout(limit)
  }
}

/** The mirrors of Debian that this machine's apt is configured for. */
function debianMirrors() {
  const listed = spawnSync('apt-get', ['indextargets', '--format', '$(REPO_URI)'], { encoding: 'utf8' }).stdout ?? ''
  const uris = listed.split('\n').map((uri) => uri.replace(/\/$/, ''))
  return new Set(uris.filter((uri) => uri.endsWith('/debian')))
}

/** Through apt, for its proxies and credentials, but with a sources list and state of its own: the system's stay as they are. */
function fromDebian(mirror, { suite, package: name, archive }) {
  const work = mkdtempSync(join(tmpdir(), 'ebpf-source-'))
  try {
    for (const folder of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(work, folder), { recursive: true })
    // An old or foreign system lacks the key of this suite, and a mirror's copy of a testing suite may be older than its
    // signature allows; the checksum of the tree is stronger than either.
    writeFileSync(join(work, 'sources.list'), `deb-src [trusted=yes check-valid-until=no] ${mirror} ${suite} main\n`)
    const settings = {
      'Dir::Etc::sourcelist': join(work, 'sources.list'),
      'Dir::Etc::sourceparts': '/dev/null',
      'Dir::State::lists': join(work, 'lists'),
      'Dir::Cache': join(work, 'cache'),
      'APT::Sandbox::User': 'root',
      'Acquire::http::Timeout': '20',
    }
    const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
    const apt = (...command) => execFileSync('apt-get', [...options, ...command], { cwd: work, stdio: 'pipe' })
    apt('update')
    const file = join(work, archive)
    try {
      apt('source', '--download-only', '--only-source', name)
    } catch (error) {
      // A mirror may lack the newest of Debian's own files, which are not wanted.
      if (!existsSync(file)) throw error
    }
    return readFileSync(file)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
