import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import '../helpers/no-leaks.js'
import { preload, sanitized } from '../helpers/sanitizers.js'

/** Upstream fixes that libbpf/upstream.md lists as back-ported, and that no other test input would miss. */

const folder = mkdtempSync(join(tmpdir(), 'ebpf-backports-'))
test.after.always(() => rmSync(folder, { recursive: true }))

const compile = (name: string, ...flags: string[]) => {
  const path = join(folder, name)
  execFileSync('cc', ['-O1', '-Wall', '-Werror', '-o', path, `test/fixtures/${name}.c`, ...flags])
  return path
}

/** What a process prints that runs `code` with the package, and what it writes to standard error. */
function run(code: string, command: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const script = `const { open } = require('ebpf')
    const only = (object, name) => {
      for (const program of object.programs.values()) program.autoload = program.name === name
      return object
    }
    const say = (act) => {
      try {
        act()
        console.log('done')
      } catch (error) {
        console.log(error.code, error.message)
      }
    }
    ${code}`
  const [file = '', ...rest] = [...command, process.execPath, '-e', script]
  const { status, stdout, stderr } = spawnSync(file, rest, { encoding: 'utf8', env: { ...process.env, ...env } })
  return { status, said: stdout.trim(), errors: stderr.trim().split('\n') }
}

// a25feb4a
test('a string of the set itself is found again when the set grows', (t) => {
  const source = 'libbpf/source/libbpf'
  const includes = ['src', 'include', 'include/uapi', '../libelf/libelf'].map((part) => `-I${source}/${part}`)
  const path = compile(
    'strings',
    '-Wno-unused-variable',
    `${source}/src/strset.c`,
    `${source}/src/hashmap.c`,
    ...includes,
  )
  t.is(execFileSync(path, { encoding: 'utf8' }), '0 wrong of 200\n')
})

// b93c2b91
for (const [kind, program, place] of [
  ['uprobe', 'uprobe', `'/proc/self/exe', { offset: 0x1000 }`],
  ['kprobe', 'kprobe', `'do_exit'`],
] as const) {
  kernelTest(`a ${kind} that cannot be opened fails with the error that it was`, { needs: [kind] }, (t) => {
    // This kernel file says how a probe at a function's return is requested. libbpf reports an empty file as EIO, which
    // no system call has set.
    const empty = join(folder, `no-${kind}-retprobe`)
    writeFileSync(empty, '')
    const format = `/sys/bus/event_source/devices/${kind}/format/retprobe`
    const hide = ['unshare', '--mount', 'sh', '-euc', `mount --bind '${empty}' ${format}; exec "$@"`, 'sh']
    const attach = kind === 'uprobe' ? 'attachUretprobe' : 'attachKretprobe'
    const { said, errors } = run(
      `const object = only(open(${JSON.stringify(fixture('tracing'))}), '${program}')
      object.globals.target_tgid = process.pid
      const bpf = object.loadSync()
      say(() => bpf.program('${program}').${attach}(${place}))`,
      hide,
    )
    t.regex(said, /^EIO .*: EIO: .*failed to create .* perf event: -EIO$/, errors.join('\n'))
  })
}

// acffcfe3. AddressSanitizer's own allocator would be called, not the test's.
const unsanitized = sanitized ? test.skip : test
unsanitized('the descriptor of a module’s BTF is closed once where there is no memory for the module’s name', (t) => {
  const library = compile('no_name', '-shared', '-fPIC', '-ldl')
  const { said, errors } = run(
    `const object = only(open(${JSON.stringify(fixture('misspelt'))}), 'no_function')
    say(() => object.loadSync())`,
    [],
    { LD_PRELOAD: preload(library) },
  )
  t.regex(said, /^ENOMEM /)
  t.deepEqual(errors, ['no memory for a name'])
})

// 77e9d227
kernelTest('an object is loaded by a token that allows the types of its programs alone', { needs: ['token'] }, (t) => {
  const withToken = compile('with_token')
  const mount = join(folder, 'bpffs')
  mkdirSync(mount)
  const load = (programs: string, tokenPath = mount) =>
    run(
      `const object = open(${JSON.stringify(fixture('redirect'))}, { tokenPath: ${JSON.stringify(tokenPath)} })
        say(() => object.loadSync().close())`,
      [withToken, mount, programs],
    )
  // Only BPF_PROG_TYPE_XDP: libbpf would try a socket filter and a tracepoint first.
  const { said, errors } = load('0x40')
  t.is(said, 'done', errors.join('\n'))
  t.regex(load('0x2').said, /^EPERM /)
  t.regex(load('0x40', '').said, /^EPERM /)
})
