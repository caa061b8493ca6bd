import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import test from 'ava'

/** What Node.js prints of a program that uses the addon, started with these options. */
const started = (...options: string[]): Promise<string> =>
  new Promise((done) => {
    const program = `try { require('ebpf/kernel').possibleCpus(); console.log('works') } catch (error) { console.log(error.code, error.message) }`
    execFile(process.execPath, [...options, '-e', program], { cwd: resolve('.') }, (_, stdout) => done(stdout))
  })

const permission = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission'

test('under the permission model the error names --allow-addons, and no rebuilding', async (t) => {
  const said = await started(permission, '--allow-fs-read=*')
  t.regex(said, /^ERR_DLOPEN_FAILED .*start it with --allow-addons too\n$/)
  t.notRegex(said, /rebuild/)
  if (Number.parseInt(process.versions.node, 10) < 22) return // Node.js 20 has no such option
  t.is(await started(permission, '--allow-fs-read=*', '--allow-addons'), 'works\n')
})

test('with --no-addons the error names that option', async (t) => {
  t.regex(await started('--no-addons'), /^ERR_DLOPEN_FAILED .*start it without --no-addons\n$/)
})

test('an addon of another release, which lacks a function, is called that', async (t) => {
  const program = `
    const addon = require(require('node-gyp-build').resolve('.'))
    delete addon.possibleCpus
    const { libbpfVersion, possibleCpus } = require('ebpf/kernel')
    for (const call of [libbpfVersion, possibleCpus]) try { call(); console.log('works') } catch (error) { console.log(error.code, error.message) }`
  const said = await new Promise<string>((done) => {
    execFile(process.execPath, ['-e', program], { cwd: resolve('.') }, (_, stdout) => done(stdout))
  })
  t.regex(
    said,
    /^works\nERR_DLOPEN_FAILED the addon of ebpf is of another release than its JavaScript: it has no 'possibleCpus'.*rebuild/,
  )
})
