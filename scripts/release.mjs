import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { main } from './lib/main.mjs'
import { checkPlatform } from './lib/platform.mjs'
import { say } from './lib/print.mjs'
import { differences } from './lib/reproducible.mjs'
import { inRoot, root } from './lib/root.mjs'
import { Failure, run, show } from './lib/run.mjs'
import { temporaryFolder } from './lib/temporary.mjs'
import { architectures, debugSymbols } from './steps/prebuilds.mjs'
import { tarballFile } from './steps/tarball.mjs'

/**
 * npm run release [-- --dry-run]: packs the commit from two clones of it, compares the two, tests the
 * package as users install it, and publishes it with provenance. The files of the release are then in .cache/release.
 *
 * A dry run publishes nothing. It reports what would prevent a release instead of stopping.
 */
const options = process.argv.slice(2)
const dryRun = options.includes('--dry-run')
const release = '.cache/release'

await main(async () => {
  checkPlatform()
  const unknown = options.find((option) => option !== '--dry-run')
  if (unknown) throw new Failure(`There is no option ${unknown}; the only one is --dry-run.`)
  const { name, version, repository } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'))
  const obstacles = await obstaclesTo({ version, repository })
  if (obstacles.length > 0 && !dryRun) throw new Failure(`${version} cannot be released:\n${list(obstacles)}`)

  const work = temporaryFolder(inRoot('.cache/release-'))
  try {
    const clones = []
    for (const number of ['first', 'second']) {
      const clone = join(work.path, number)
      say(`the ${number} build of ${version}`)
      await run('git', ['clone', '--quiet', root, clone])
      await show(process.execPath, [join(clone, 'scripts/pack.mjs')], { cwd: clone })
      clones.push(clone)
    }
    const different = await differences(...clones.map((clone) => join(clone, tarballFile)))
    if (different.length > 0) throw new Failure(`two builds of one commit differ in\n${list(different)}`)
    say('both builds are the same, byte for byte')
    await show(process.execPath, [join(clones[0], 'scripts/test.mjs'), 'package'], { cwd: clones[0] })
    collect(clones[0], `${name}-${version}`)
  } finally {
    work.remove()
  }

  const tarball = inRoot(`${release}/${name}-${version}.tgz`)
  await show('npm', ['publish', tarball, '--access', 'public', ...(dryRun ? ['--dry-run'] : ['--provenance'])])
  if (dryRun) {
    say(obstacles.length > 0 ? `a release would be refused:\n${list(obstacles)}` : 'nothing stands against a release')
  }
})

function list(lines) {
  return lines.map((line) => `  ${line}`).join('\n')
}

/** The reasons why this version must not be published. */
async function obstaclesTo({ version, repository }) {
  const changes = await run('git', ['status', '--porcelain'])
  const tags = (await run('git', ['tag', '--points-at', 'HEAD'])).split('\n')
  const heading = new RegExp(`^## ${version.replaceAll('.', '\\.')} \\(\\d{4}-\\d\\d-\\d\\d\\)$`, 'm')
  return [
    ...(changes ? ['there are changes that are not committed'] : []),
    ...(tags.includes(`v${version}`) ? [] : [`the commit has no tag v${version}`]),
    ...(heading.test(readFileSync(inRoot('CHANGELOG.md'), 'utf8')) ? [] : [`CHANGELOG.md has no day for ${version}`]),
    ...(repository ? [] : ['package.json has no repository, which npm compares with where the provenance is from']),
    ...(process.env.GITHUB_ACTIONS ? [] : ['provenance is signed for a GitHub workflow, and this is none']),
  ]
}

/** Copies the package, its bill of materials, the symbols for debuggers, and the checksums of all. */
function collect(clone, name) {
  rmSync(inRoot(release), { recursive: true, force: true })
  mkdirSync(inRoot(release), { recursive: true })
  copyFileSync(join(clone, tarballFile), inRoot(`${release}/${name}.tgz`))
  copyFileSync(join(clone, 'sbom.cdx.json'), inRoot(`${release}/${name}.cdx.json`))
  for (const arch of architectures) {
    const symbols = readFileSync(join(clone, debugSymbols(arch)))
    writeFileSync(inRoot(`${release}/${name}-linux-${arch}-glibc.debug.gz`), gzipSync(symbols))
  }
  const sums = readdirSync(inRoot(release)).map((file) => {
    const digest = createHash('sha256').update(readFileSync(inRoot(`${release}/${file}`)))
    return `${digest.digest('hex')}  ${file}\n`
  })
  writeFileSync(inRoot(`${release}/SHA256SUMS`), sums.join(''))
  say(`${release}:\n${sums.join('').trimEnd()}`)
}
