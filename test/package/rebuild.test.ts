import { mkdirSync, rmSync } from 'node:fs'
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

test('ebpf rebuild compiles an addon from what the package holds, without a network', async (t) => {
  t.timeout(900_000)
  const project = await withoutPrebuilds(t)
  const before = await project.node('--eval', "require('ebpf').libbpfVersion()")
  t.regex(before.output, /ebpf has no addon for this system: .*`npx ebpf rebuild` builds one from source/)

  const built = await project.run('unshare', ['--net', process.execPath, cli, 'rebuild'])
  t.is(built.status, 0, built.output)
  const addon = project.path('node_modules/ebpf/build/Release/ebpf.node')
  t.true(built.output.endsWith(`built ${addon}\n`), built.output)

  const after = await project.node(
    '--eval',
    "console.log(require('ebpf').libbpfVersion(), process.report.getReport().sharedObjects.join('\\n'))",
  )
  t.regex(after.output, /^1\.5/)
  t.true(after.output.includes(addon), after.output)
})
