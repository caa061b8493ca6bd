import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, relative } from 'node:path'
import test from 'ava'
import { Project, tools } from '../helpers/project.js'

const megabyte = 1e6
const limits = { packed: 4 * megabyte, unpacked: 12 * megabyte }

/** Everything that may be in the package, and of each at least one must be. */
const allowed: readonly RegExp[] = [
  /^package\.json$/,
  /^README\.md$/,
  /^LICENSE$/,
  /^CHANGELOG\.md$/,
  /^THIRD_PARTY_NOTICES\.md$/,
  /^sbom\.cdx\.json$/,
  // Code, its types for both kinds of modules, and maps from ES modules to what they were.
  /^dist\/[\w-]+\.(js|cjs)$/,
  /^dist\/[\w-]+\.d\.(ts|cts)$/,
  /^dist\/[\w-]+\.js\.map$/,
  /^prebuilds\/linux-(x64|arm64)\/ebpf\.glibc\.node$/,
  /^bpf\/(flow|retransmit|socket|drop)\.bpf\.o$/,
  /^bpf\/(\w+\.bpf\.c|\w+\.h|README\.md|LICENSE\.[\w.-]+)$/,
  // The source build.
  /^binding\.gyp$/,
  /^src-native\/[\w/]+\.(cc|h|map)$/,
  /^libbpf\/(README\.md|libbpf\.gyp|libelf\/config\.h)$/,
  /^libbpf\/include\/[\w/.]+\.h$/,
  /^libbpf\/source\/(libbpf|libelf|zlib)\/[\w/.+-]+$/,
  // The headers that it needs of Node and node-addon-api.
  /^src-native\/include\/([\w-]+\/)*([\w-]+\.(h|gypi)|LICENSE(\.\w+)?)$/,
]

const project = new Project({ teardown: test.after.always })
execFileSync('tar', ['-xzf', tools.tarball, '-C', project.folder])
const root = project.path('package')
const files = (readdirSync(root, { recursive: true }) as string[]).filter((file) => statSync(join(root, file)).isFile())

test('the package holds what it needs and nothing else', (t) => {
  t.deepEqual(
    files.filter((file) => !allowed.some((pattern) => pattern.test(file))),
    [],
  )
  for (const pattern of allowed)
    t.true(
      files.some((file) => pattern.test(file)),
      `${pattern}`,
    )
})

test('npm pack makes what is missing, and the same package', (t) => {
  rmSync('sbom.cdx.json')
  const args = ['pack', '--silent', '--pack-destination', project.folder]
  const file = execFileSync('npm', args, { encoding: 'utf8' }).trim().split('\n').at(-1) ?? ''
  t.true(readFileSync(project.path(file)).equals(readFileSync(tools.tarball)))
})

test('the manifest names files that are there', (t) => {
  const { main, module, types, bin, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const named = [main, module, types, ...Object.values(bin), ...strings(exports)]
  for (const file of named) t.true(files.includes(relative('.', file as string)), `${file}`)
})

test('no file names a folder of the machine that it was built on', (t) => {
  for (const file of files) {
    const content = readFileSync(join(root, file))
    t.false(content.includes(process.cwd()), file)
    // A comment of libbpf's is about a file below /root.
    if (!file.startsWith('libbpf/source/')) t.false(content.includes(`${homedir()}/`), file)
  }
})

test('the addon is stripped, and the programs have their types and nothing for debuggers besides', (t) => {
  for (const file of files.filter((name) => /\.(node|o)$/.test(name))) {
    const content = readFileSync(join(root, file), 'latin1')
    t.false(content.includes('.debug_info\0'), file)
    if (file.endsWith('.o')) t.true(content.includes('.BTF\0'), file)
  }
})

test(`the package is at most ${limits.packed / megabyte} MB, unpacked ${limits.unpacked / megabyte} MB`, (t) => {
  const packed = statSync(tools.tarball).size
  const unpacked = files.reduce((sum, file) => sum + statSync(join(root, file)).size, 0)
  t.log(`${(packed / megabyte).toFixed(1)} MB, unpacked ${(unpacked / megabyte).toFixed(1)} MB`)
  t.true(packed <= limits.packed, `${packed}`)
  t.true(unpacked <= limits.unpacked, `${unpacked}`)
})

function strings(value: unknown): string[] {
  return typeof value === 'string' ? [value] : Object.values(value as object).flatMap(strings)
}
