import { main } from './lib/main.mjs'
import { checkPlatform } from './lib/platform.mjs'
import { prepare, wholePackage } from './steps/index.mjs'

/** npm run bench: builds the package, then measures it. */
await main(async () => {
  checkPlatform()
  await prepare(wholePackage)
  const { bench } = await import('../benchmarks/run.mjs')
  await bench(process.argv.slice(2))
})
