import { Failure, run } from './run.mjs'

/** The oldest C library that a prebuilt addon must work with: that of Debian 10 and RHEL 8, which Node.js 20 itself requires. */
export const oldestGlibc = '2.28'

const libraries = {
  x64: ['libc.so.6', 'libm.so.6', 'libpthread.so.0', 'libdl.so.2', 'librt.so.1', 'ld-linux-x86-64.so.2'],
  arm64: ['libc.so.6', 'libm.so.6', 'libpthread.so.0', 'libdl.so.2', 'librt.so.1', 'ld-linux-aarch64.so.1'],
}
const machines = { x64: 'Advanced Micro Devices X86-64', arm64: 'AArch64' }

/**
 * Throws unless the addon is for this architecture, is stripped, needs only the C library, not newer than
 * `oldestGlibc`, and finds every other symbol in Node.js.
 */
export async function checkAddon(file, arch) {
  // readelf reads files of any architecture.
  const text = await run('readelf', ['--wide', '--file-header', '--dynamic', '--dyn-syms', '--section-headers', file], {
    env: { LC_ALL: 'C' },
  })
  const problems = [
    ...(text.includes(machines[arch]) ? [] : [`is not for ${machines[arch]}`]),
    ...(/ \.(symtab|debug_info) /.test(text) ? ['is not stripped'] : []),
    ...Array.from(text.matchAll(/\(NEEDED\).*\[(.*)\]/g), ([, name]) => name)
      .filter((name) => !libraries[arch].includes(name))
      .map((name) => `needs ${name}`),
    ...undefinedSymbols(text).flatMap(problemOf),
  ]
  if (problems.length > 0) throw new Failure(`${file} ${problems.join(', ')}`)
}

function undefinedSymbols(text) {
  const symbols = text.matchAll(/ (GLOBAL|WEAK) +DEFAULT +UND +(\S+)/g)
  return Array.from(symbols, ([, binding, symbol]) => ({ binding, symbol }))
}

function problemOf({ binding, symbol }) {
  const [name, version] = symbol.split('@')
  if (version === undefined) return binding === 'WEAK' || /^(napi|uv)_/.test(name) ? [] : [`finds ${name} nowhere`]
  const [, release] = /^GLIBC_([\d.]+)$/.exec(version) ?? []
  if (release === undefined) return [`needs ${symbol}`]
  return isNewer(release, oldestGlibc) ? [`needs ${symbol}, newer than ${oldestGlibc}`] : []
}

const isNewer = (a, b) => a.localeCompare(b, 'en', { numeric: true }) > 0
