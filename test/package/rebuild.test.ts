import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { Project } from '../helpers/project.js'

const cli = 'node_modules/ebpf/dist/cli.cjs'

/** The package as on a system that no prebuilt addon is for. */
async function withoutPrebuilds(t: ExecutionContext): Promise<Project> {
  const project = new Project(t)
  await project.npm('install')
  rmSync(project.path('node_modules/ebpf/prebuilds'), { recursive: true })
  return project
}

test('ebpf rebuild says which tools and which headers are missing, and the packages that have them', async (t) => {
  const project = await withoutPrebuilds(t)
  const rebuild = (env: NodeJS.ProcessEnv) => project.run(process.execPath, [cli, 'rebuild'], env)

  const bare = project.path('bare')
  mkdirSync(bare)
  const nothing = await rebuild({ PATH: bare })
  t.is(nothing.status, 1)
  for (const said of ['a C compiler (cc)', 'a C++ compiler (c++)', 'make (make)', 'Python 3']) {
    t.true(nothing.output.includes(said), nothing.output)
  }
  t.true(nothing.output.includes('apt-get install gcc g++ make python3\n'), nothing.output)
  t.true(nothing.output.includes('apk add gcc g++ make python3\n'), nothing.output)

  const compiler = await rebuild({ CXX: 'no-such-compiler' })
  t.regex(compiler.output, /^ebpf: the addon cannot be compiled here: a C\+\+ compiler \(no-such-compiler\) missing\n/)

  const headers = await rebuild({ CXX: 'c++ -nostdinc' })
  t.is(headers.status, 1)
  t.regex(
    headers.output,
    /the header <stdlib\.h>, the header <linux\/types\.h>, .* missing\n.*apt-get install libc6-dev linux-libc-dev g\+\+\n/,
  )

  rmSync(project.path('node_modules/ebpf/libbpf/source'), { recursive: true })
  t.regex((await rebuild({})).output, /^ebpf: .*node_modules\/ebpf lacks libbpf\/source, which the npm package has/)
})

/** A node-gyp that nobody asked for, where root happens to stand. */
const hostile = {
  'node_modules/node-gyp/package.json': '{"name":"node-gyp","version":"99.0.0"}',
  'node_modules/node-gyp/bin/node-gyp.js': "require('fs').writeFileSync(__dirname + '/ran', ''); process.exit(1)",
}

test('ebpf rebuild works where there are spaces, runs nothing of the working directory, and keeps the addon until it has another', async (t) => {
  t.timeout(900_000)
  const project = new Project(t)
  await project.npm('install')
  const root = project.path('a folder/node_modules/ebpf')
  mkdirSync(project.path('a folder'))
  renameSync(project.path('node_modules'), project.path('a folder/node_modules'))
  project.write(hostile)
  const addon = `${root}/build/Release/ebpf.node`
  mkdirSync(`${root}/build/Release`, { recursive: true })
  copyFileSync(`${root}/prebuilds/linux-${process.arch}/ebpf.glibc.node`, addon)
  const before = readFileSync(addon)
  const files = () => [readdirSync(root), readdirSync(`${root}/build`), readdirSync(`${root}/build/Release`)]
  const filesBefore = files()
  const rebuild = (env: NodeJS.ProcessEnv) => project.run(process.execPath, [`${root}/dist/cli.cjs`, 'rebuild'], env)

  for (const env of [{ CXX: 'c++ -nostdinc' }, { CXXFLAGS: '-include no-such-header.h' }]) {
    t.is((await rebuild(env)).status, 1)
    t.deepEqual(files(), filesBefore)
    t.true(readFileSync(addon).equals(before))
  }
  const built = await rebuild({})
  t.is(built.status, 0, built.output)
  t.false(readFileSync(addon).equals(before))
  t.deepEqual(files(), filesBefore)
  t.false(existsSync(project.path('node_modules/node-gyp/bin/ran')))
  const loaded = await project.node(
    '--eval',
    `console.log(require(${JSON.stringify(`${root}/dist/kernel.cjs`)}).libbpfVersion())`,
  )
  t.regex(loaded.output, /^\d+\.\d+/)
})

test('ebpf rebuild compiles an addon from what the package holds, without a network', async (t) => {
  t.timeout(900_000)
  const project = await withoutPrebuilds(t)
  const before = await project.node('--eval', "require('ebpf/kernel').libbpfVersion()")
  t.regex(before.output, /ebpf has no addon for this system: .*`npx ebpf rebuild` builds one from source/)

  const built = await project.run('unshare', ['--net', process.execPath, cli, 'rebuild'])
  t.is(built.status, 0, built.output)
  const addon = project.path('node_modules/ebpf/build/Release/ebpf.node')
  t.true(built.output.endsWith(`built ${addon}\n`), built.output)

  const after = await project.node(
    '--eval',
    "console.log(require('ebpf/kernel').libbpfVersion(), process.report.getReport().sharedObjects.join('\\n'))",
  )
  t.regex(after.output, /^1\.7/)
  t.true(after.output.includes(addon), after.output)
})
