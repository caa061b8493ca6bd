import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { isRoot } from './platform.mjs'
import { done, say } from './print.mjs'
import { capture, Failure, run } from './run.mjs'

/**
 * Installs the Debian packages that are missing. If none is missing, only one dpkg-query runs, and no network is needed.
 * Throws if some are missing and cannot be installed: without root, or without apt.
 */
export async function ensurePackages(packages) {
  const missing = await missingPackages(packages)
  if (missing.length === 0) return
  const names = missing.join(' ')
  if (!onPath('apt-get')) {
    throw new Failure(`There is no apt here. Install what your distribution calls these Debian packages: ${names}`)
  }
  if (!isRoot()) {
    throw new Failure(`Installing packages needs root. Run this as root, or first: sudo apt-get install ${names}`)
  }
  await announce(names)
  const start = performance.now()
  await update()
  await apt('install', '--yes', '--no-install-recommends', ...missing)
  done('apt', performance.now() - start)
}

/** Seconds in which somebody at a terminal can cancel. */
const pause = 5

/** Announces what is about to be installed on this machine. */
async function announce(names) {
  const asked = process.stdin.isTTY && process.stdout.isTTY
  say(`These Debian packages are missing, and apt-get is going to install them: ${names}`)
  if (!asked) return
  say(`Ctrl-C within ${pause} seconds leaves this machine as it is.`)
  await sleep(pause * 1000)
}

/** The packages that are not installed. Without dpkg, looks for the command of each instead. */
export async function missingPackages(packages) {
  if (packages.length === 0) return []
  if (!onPath('dpkg-query')) return packages.filter((name) => !present(name))
  // Its status is not zero if it does not know one of the names.
  const format = `--showformat=\${Package} \${db:Status-Status}\n`
  const { stdout } = await capture('dpkg-query', ['--show', format, ...packages])
  const installed = new Set(stdout.split('\n').map((line) => /^(\S+) installed$/.exec(line)?.[1]))
  return packages.filter((name) => !installed.has(name))
}

export const canInstall = () => isRoot() && onPath('apt-get')

/** Whether apt knows a version of the package that it can install. */
export async function hasCandidate(name) {
  await update()
  return / {2}Candidate: (?!\(none\))/.test(await run('apt-cache', ['policy', name], { env: { LC_ALL: 'C' } }))
}

export const onPath = (command) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)))

let updated
/** Fetches the package lists, once per run. */
const update = () => (updated ??= apt('update'))

const apt = (...args) =>
  run('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', ...args], { env: { DEBIAN_FRONTEND: 'noninteractive' } })

/** For packages with another name than their command: the file or command that shows that they are installed. */
const contents = {
  'busybox-static': 'busybox',
  iproute2: 'tc',
  'qemu-system-arm': 'qemu-system-aarch64',
  'qemu-system-x86': 'qemu-system-x86_64',
  'util-linux': 'unshare',
  'xz-utils': 'xz',
}

function present(name) {
  const content = contents[name] ?? name
  return content.startsWith('/') ? existsSync(content) : onPath(content)
}
