import { chmodSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { Project } from '../helpers/project.js'

/* An addon that is there and whose place keeps it from being loaded: building another one there would not help. */

const program = `try { console.log(require('ebpf/kernel').libbpfVersion()) } catch ({ code, message }) { console.log(code, message) }`

async function installed(t: ExecutionContext) {
  t.timeout(180_000)
  const project = new Project(t, { 'program.cjs': program })
  await project.npm('install')
  return project
}

test('on a file system without exec the error says so, and does not advise to build', async (t) => {
  const project = await installed(t)
  const there =
    'mkdir there && mount -t tmpfs -o noexec none there && cp -r node_modules program.cjs there && exec "$0" there/program.cjs'
  const { stdout, output } = await project.run('unshare', ['--mount', 'sh', '-euc', there, process.execPath])
  t.regex(stdout, /^ERR_DLOPEN_FAILED the addon of ebpf, .*failed to map segment.* mounted with noexec, or /, output)
  t.notRegex(stdout, /ebpf rebuild/)
})

test('what the process may not read is named, and not said to be missing', async (t) => {
  const project = await installed(t)
  const prebuilds = project.path('node_modules/ebpf/prebuilds')
  chmodSync(project.folder, 0o755)
  const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, 'program.cjs']
  t.regex((await project.run('setpriv', asNobody)).stdout, /^\d+\.\d+\n$/)
  const addon = `${prebuilds}/linux-${process.arch}/ebpf.glibc.node`
  for (const [path, what] of [
    [addon, /the addon of ebpf, .*ebpf\.glibc\.node, cannot be loaded: EACCES/],
    [prebuilds, /the addon of ebpf cannot be looked for in .*\/prebuilds\. /],
  ] as const) {
    chmodSync(path, 0o700)
    const { stdout, output } = await project.run('setpriv', asNobody)
    t.regex(stdout, what, output)
    t.regex(stdout, /may not read it: chmod -R a\+rX gives the permission\.\n$/)
    chmodSync(path, 0o755)
  }
})

test('an EBPF_PREBUILD without an addon is named', async (t) => {
  const project = await installed(t)
  const { stdout } = await project.run(process.execPath, ['program.cjs'], { EBPF_PREBUILD: 'nowhere' })
  t.regex(
    stdout,
    /^ERR_DLOPEN_FAILED EBPF_PREBUILD names .*\/nowhere, which has no addon of ebpf for this system: looked in /,
  )
})
