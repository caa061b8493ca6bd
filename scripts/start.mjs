import { main } from './lib/main.mjs'
import { checkPlatform } from './lib/platform.mjs'
import { inRoot } from './lib/root.mjs'
import { prepare, wholePackage } from './steps/index.mjs'

/**
 * npm start [-- command…]: builds the package and becomes its command line, in this same process, so that signals and
 * the exit status need not be passed on.
 */
await main(async () => {
  checkPlatform()
  await prepare(wholePackage)
  const command = process.argv.slice(2)
  const cli = inRoot('dist/cli.cjs')
  process.argv = [process.execPath, cli, ...(command.length > 0 ? command : ['demo'])]
  await import(cli)
})
