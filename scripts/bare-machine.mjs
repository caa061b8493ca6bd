import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ensurePackages } from './lib/apt.mjs'
import { debianMirror } from './lib/debian-mirror.mjs'
import { copyOfRoot, debianRoot, debianRootPackages, inDebianRoot } from './lib/debian-root.mjs'
import { main } from './lib/main.mjs'
import { nodeFolder } from './lib/node-binaries.mjs'
import { npmPackage } from './lib/npm-package.mjs'
import { checkPlatform } from './lib/platform.mjs'
import { say } from './lib/print.mjs'
import { root as checkout } from './lib/root.mjs'
import { run, show } from './lib/run.mjs'

/**
 * npm run test:bare [-- lane…]: runs the README's two commands on a bare Debian 12: debootstrap's smallest variant, Node.js 20, npm and
 * git, and nothing else that is installed on this machine. Only committed files are cloned there, and a package that a script forgets to
 * install is missing there.
 *
 * The kernel is this machine's. Everything is downloaded anew, with this machine's mirrors, certificates and npm configuration.
 */
const npm = {
  name: 'npm',
  version: '10.8.2',
  integrity: 'sha512-x/AIjFIKRllrhcb48dqUNAAZl0ig9+qMuN91RpZo3Cb2+zuibfh+KISl6+kVVyktDz230JKc208UkQwwMqyB+w==',
  folder: 'npm-10.8.2',
}

await main(async () => {
  checkPlatform()
  await ensurePackages([...debianRootPackages, 'git'])
  const bare = await debianRoot({ suite: 'bookworm', packages: ['ca-certificates', 'git'] })
  const machine = await copyOfRoot(bare)
  try {
    await furnish(machine.path)
    const inside = (cwd, ...command) => {
      say(command.join(' '))
      const surroundings = { mounts: { '/proc': '/proc', '/sys': '/sys', '/dev': '/dev' }, env: environment(), cwd }
      const [program, ...args] = inDebianRoot(machine.path, surroundings, command)
      return show(program, args)
    }
    await inside('/root', 'git', 'clone', '--quiet', 'origin.git', 'ebpf')
    await inside('/root/ebpf', 'npm', 'start')
    await inside('/root/ebpf', 'npm', 'test', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : []))
  } finally {
    machine.remove()
  }
})

/** Installs Node.js, npm, the repository, and the network settings. */
async function furnish(root) {
  const at = (path) => join(root, path)
  cpSync(await nodeFolder(20), at('usr/local'), { recursive: true })
  cpSync(await npmPackage(npm), at('usr/local/lib/node_modules/npm'), { recursive: true })
  for (const name of ['npm', 'npx'])
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, at(`usr/local/bin/${name}`))
  await run('git', ['clone', '--quiet', '--bare', checkout, at('root/origin.git')])

  for (const file of ['etc/resolv.conf', 'etc/hosts', 'etc/ssl/certs/ca-certificates.crt'])
    cpSync(join('/', file), at(file))
  // debootstrap leaves the security suite out, but every installed Debian has it.
  const { security } = await debianMirror()
  if (security) writeFileSync(at('etc/apt/sources.list.d/security.list'), `deb ${security} bookworm-security main\n`)
  writeFileSync(at('etc/apt/apt.conf.d/99network'), await run('apt-config', ['dump', 'Acquire']))
  const npmrc = join(homedir(), '.npmrc')
  const settings = existsSync(npmrc) ? readFileSync(npmrc, 'utf8').split('\n') : []
  writeFileSync(at('root/.npmrc'), settings.filter((line) => /registry|_auth|cafile|proxy/.test(line)).join('\n'))
}

function environment() {
  const network = /^(https?_proxy|no_proxy|npm_config_(registry|cafile)|NODE_EXTRA_CA_CERTS)$/i
  const inherited = Object.entries(process.env).filter(([name]) => network.test(name))
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    TERM: 'dumb',
    CI: 'true',
    ...Object.fromEntries(inherited),
  }
}
