import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'

const { checkAddon } = await import(pathToFileURL('scripts/lib/check-addon.mjs').href)
const other = process.arch === 'x64' ? 'arm64' : 'x64'

const folder = mkdtempSync(join(tmpdir(), 'ebpf-'))
test.after.always(() => rmSync(folder, { recursive: true }))

const compile = (name: string, source: string, ...options: string[]) => {
  const file = join(folder, name)
  writeFileSync(`${file}.c`, source)
  execFileSync('cc', ['-shared', '-fPIC', '-nostdlib', `${file}.c`, '-o', file, ...options])
  return file
}

// What the machine's own C library has depends on the machine.
const versions = [
  'GLIBC_2.4',
  'GLIBC_2.9',
  'GLIBC_2.28',
  'GLIBC_2.29',
  'GLIBC_2.36',
  'GLIBC_2.100',
  'GLIBC_PRIVATE',
  'GCC_3.0',
]
const functionOf = (version: string) => `of_${version.replace('.', '_')}`
writeFileSync(join(folder, 'versions'), versions.map((version) => `${version} { ${functionOf(version)}; };\n`).join(''))
const libraryOf = (soname: string) =>
  compile(
    soname,
    versions.map((version) => `void ${functionOf(version)}(void) {}\n`).join(''),
    `-Wl,-soname,${soname}`,
    `-Wl,--version-script=${join(folder, 'versions')}`,
  )
const libc = libraryOf('libc.so.6')

/** An addon that is as it should be but for its code and `options`. */
const addon = (source: string, ...options: string[]) => compile('addon.node', source, '-s', ...options)

const using = (version: string, library = libc) =>
  addon(`void ${functionOf(version)}(void); void use(void) { ${functionOf(version)}(); }`, library)

test.serial('an addon may need versions of the C library up to that of Node.js 20', async (t) => {
  for (const version of ['GLIBC_2.4', 'GLIBC_2.9', 'GLIBC_2.28']) {
    await t.notThrowsAsync(checkAddon(using(version), process.arch), version)
  }
})

test.serial('an addon that needs a newer C library is refused, with the symbol', async (t) => {
  for (const version of ['GLIBC_2.29', 'GLIBC_2.36', 'GLIBC_2.100']) {
    const message = `${using(version)} needs ${functionOf(version)}@${version}, newer than 2.28`
    await t.throwsAsync(checkAddon(join(folder, 'addon.node'), process.arch), { message })
  }
})

test.serial('an addon that needs what no C library promises is refused', async (t) => {
  for (const version of ['GLIBC_PRIVATE', 'GCC_3.0']) {
    const message = `${using(version)} needs ${functionOf(version)}@${version}`
    await t.throwsAsync(checkAddon(join(folder, 'addon.node'), process.arch), { message })
  }
})

test.serial('an addon that needs another library than the C library’s is refused', async (t) => {
  const file = using('GLIBC_2.4', libraryOf('libelf.so.1'))
  await t.throwsAsync(checkAddon(file, process.arch), { message: `${file} needs libelf.so.1` })
})

test.serial('an addon finds what is left of its symbols in Node.js, or nowhere', async (t) => {
  const node = addon('void napi_x(void); void uv_x(void); void use(void) { napi_x(); uv_x(); }')
  await t.notThrowsAsync(checkAddon(node, process.arch))
  const optional = addon('__attribute__((weak)) void hook(void); void use(void) { if (hook) hook(); }')
  await t.notThrowsAsync(checkAddon(optional, process.arch))
  const lost = addon('void bpf_x(void); void use(void) { bpf_x(); }')
  await t.throwsAsync(checkAddon(lost, process.arch), { message: `${lost} finds bpf_x nowhere` })
})

test.serial('an addon of another architecture, and one that is not stripped, are refused', async (t) => {
  const file = addon('void use(void) {}')
  await t.throwsAsync(checkAddon(file, other), { message: new RegExp(`^${file} is not for `) })
  const whole = compile('whole.node', 'static void inner(void) {} void use(void) { inner(); }')
  await t.throwsAsync(checkAddon(whole, process.arch), { message: `${whole} is not stripped` })
})

test.serial('an addon with several faults is told of all', async (t) => {
  const [a, b] = ['GLIBC_2.36', 'GLIBC_2.29'].map(functionOf)
  const file = compile('whole.node', `void ${a}(void); void ${b}(void); void use(void) { ${a}(); ${b}(); }`, libc)
  await t.throwsAsync(checkAddon(file, process.arch), { message: /is not stripped, needs .*2\.29.*, needs .*2\.36/ })
})
