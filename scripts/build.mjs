import { main } from './lib/main.mjs'
import { checkPlatform } from './lib/platform.mjs'
import { prepare, wholePackage } from './steps/index.mjs'

/** npm run build: everything that the package ships. */
await main(async () => {
  checkPlatform()
  await prepare(wholePackage)
})
