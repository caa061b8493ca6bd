import { missingPackages } from './lib/apt.mjs'
import { main } from './lib/main.mjs'
import { checkPlatform } from './lib/platform.mjs'
import { say } from './lib/print.mjs'
import { debianPackages, prepare } from './steps/index.mjs'
import { tarballFile } from './steps/tarball.mjs'

/** npm run package, also run before `npm pack`: makes what npm would publish, with the addons of every architecture. */
await main(async () => {
  checkPlatform()
  // npm passes its options on to the npm that runs here, and `npm pack --dry-run` can list only files that exist.
  delete process.env.npm_config_dry_run
  const missing = await missingPackages(await debianPackages({ tarball: true }))
  const packages = missing.length > 0 ? `installs Debian's ${missing.join(', ')}, ` : ''
  say(
    `npm run package ${packages}makes a Debian root in .cache/ with the compilers of either architecture, and compiles the addons in it.`,
  )
  await prepare({ tarball: true })
  say(tarballFile)
})
