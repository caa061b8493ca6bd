import { existsSync, readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { done } from '../lib/print.mjs'
import { inRoot } from '../lib/root.mjs'
import { run } from '../lib/run.mjs'

/** Installs the npm packages of package-lock.json, unless they are installed. */
export async function npm() {
  if (installed()) return
  const start = performance.now()
  await run('npm', ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'])
  done('npm packages', performance.now() - start)
}

/** npm leaves a list of what it installed in node_modules; packages for other platforms are not on the list. */
function installed() {
  const list = inRoot('node_modules/.package-lock.json')
  if (!existsSync(list)) return false
  const here = packagesOf(list)
  const wanted = packagesOf(inRoot('package-lock.json'))
  delete wanted['']
  return (
    Object.keys(here).every((path) => path in wanted) &&
    Object.entries(wanted).every(([path, { version, optional }]) =>
      here[path] ? here[path].version === version : optional,
    )
  )
}

const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages
