import { existsSync, rmSync } from 'node:fs'
import test from 'ava'
import { Project } from '../helpers/project.js'

test('where there is no prebuild, ebpf rebuild makes an addon that is used', async (t) => {
  t.timeout(600_000)
  const project = new Project(t)
  await project.npm('install')
  rmSync(project.path('node_modules/ebpf/prebuilds'), { recursive: true })
  const version = ['-p', 'require("ebpf").libbpfVersion()']
  t.regex((await project.node(...version)).output, /ERR_DLOPEN_FAILED/)

  const { status, output } = await project.run('npx', ['--no-install', 'ebpf', 'rebuild'])
  t.is(status, 0, output)
  t.true(existsSync(project.path('node_modules/ebpf/build/Release/ebpf.node')))
  t.regex((await project.node(...version)).stdout, /^\d+\.\d+\n$/)
})
