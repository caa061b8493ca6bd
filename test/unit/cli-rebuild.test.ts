import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'ava'
import { findNodeGyp, foldersBeside } from '../../lib/cli/rebuild/node-gyp.js'

test('node-gyp is looked for in the node_modules folders that the package is installed in, and in none above them', (t) => {
  t.deepEqual(foldersBeside('/home/me/project/node_modules/ebpf'), [
    '/home/me/project/node_modules/ebpf/node_modules',
    '/home/me/project/node_modules',
  ])
  t.deepEqual(foldersBeside('/p/node_modules/.pnpm/ebpf@1.0.0/node_modules/ebpf'), [
    '/p/node_modules/.pnpm/ebpf@1.0.0/node_modules/ebpf/node_modules',
    '/p/node_modules/.pnpm/ebpf@1.0.0/node_modules',
    '/p/node_modules/.pnpm/node_modules',
    '/p/node_modules',
  ])
  t.deepEqual(foldersBeside('/home/me/clone'), ['/home/me/clone/node_modules'])
})

test.serial(
  'neither the working directory, nor what is above it or the package, nor a relative folder of PATH names node-gyp',
  (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'node-gyp-'))
    const before = process.cwd()
    t.teardown(() => {
      process.chdir(before)
      rmSync(folder, { recursive: true })
    })
    const write = (...path: string[]) => {
      const file = join(folder, ...path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, '')
      chmodSync(file, 0o755)
      return file
    }
    const script = 'node_modules/node-gyp/bin/node-gyp.js'
    for (const place of ['.', 'here', 'here/deep']) write(place, script)
    write('here/deep/npm')
    write('here/deep/lib/npm/bin/npm-cli.js')
    write('here/deep/lib/npm', script)
    mkdirSync(join(folder, 'here/deep/bin'))
    symlinkSync('../lib/npm/bin/npm-cli.js', join(folder, 'here/deep/bin/npm'))
    process.chdir(join(folder, 'here/deep'))

    const root = join(folder, 'project/node_modules/ebpf')
    const find = (env: NodeJS.ProcessEnv) => {
      try {
        return findNodeGyp(root, env)
      } catch (error) {
        return (error as Error).message
      }
    }
    const hostile = { PATH: ':.:bin', npm_config_node_gyp: script }
    // Where Debian's node-gyp is installed it is that one.
    t.regex(find(hostile), /^there is no node-gyp here; .*\/project\/node_modules\/ebpf|^\/usr\/share\/nodejs\//)
    t.is(find({ PATH: `.:${join(folder, 'here/deep/bin')}` }), join(folder, 'here/deep/lib/npm', script))
    const beside = write('project', script)
    t.is(find(hostile), beside)
    t.is(find({ npm_config_node_gyp: join(folder, script) }), join(folder, script))
  },
)
