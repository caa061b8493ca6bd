import { missingPackages } from './lib/apt.mjs'
import { main } from './lib/main.mjs'
import { checkPlatform } from './lib/platform.mjs'
import { say } from './lib/print.mjs'
import { debianPackages, prepare } from './steps/index.mjs'
import { tarballFile } from './steps/tarball.mjs'

/** npm run package, and before `npm pack`: what npm would publish, with the addons of every architecture. */
await main(async () => {
  checkPlatform()
  // npm hands its options on to the npm that is run here, and `npm pack --dry-run` can tell only of what there is.
  delete process.env.npm_config_dry_run
  const missing = await missingPackages(await debianPackages({ tarball: true }))
  const packages = missing.length > 0 ? `installs Debian's ${missing.join(', ')}, ` : ''
  say(
    `npm run package ${packages}makes a Debian root in .cache/ with the compilers of either architecture, and compiles the addons in it.`,
  )
  await prepare({ tarball: true })
  say(tarballFile)
})
