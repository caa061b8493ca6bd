import { main } from './lib/main.mjs'
import { checkPlatform } from './lib/platform.mjs'
import { say } from './lib/print.mjs'
import { prepare } from './steps/index.mjs'
import { tarballFile } from './steps/tarball.mjs'

/** npm run package: what npm would publish, with the addons of every architecture. */
await main(async () => {
  checkPlatform()
  await prepare({ tarball: true })
  say(tarballFile)
})
