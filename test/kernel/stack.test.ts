import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import test from 'ava'
import { open } from 'ebpf'
import { kernelFacts } from 'ebpf/kernel'
import {
  addressesOf,
  buildIdsOf,
  kallsyms,
  kallsymsAsync,
  kernelFrames,
  ProcessSymbols,
  stackAddresses,
  stackBuildIds,
  userFrames,
} from 'ebpf/symbols'
import { countTurns } from '../helpers/count-turns.js'
import { fixture } from '../helpers/fixture.js'
import '../helpers/no-leaks.js'

test('symbols of the kernel are found by address and by name', (t) => {
  const symbols = kallsyms()
  t.true(symbols.size > 10_000)
  const [first] = symbols.find('vfs_read')
  t.is(first?.type.toLowerCase(), 't')
  const { name, offset, address, module } = symbols.resolve((first?.address ?? 0n) + 1n) ?? {}
  t.like({ name, offset, address, module }, { name: 'vfs_read', offset: 1, address: first?.address, module: undefined })
  t.deepEqual(symbols.find('no_kernel_has_this_function'), [])
  t.is(symbols.resolve(-1n), undefined)
})

test('symbols of the kernel are read in turns of the event loop too, and are the same', async (t) => {
  const start = performance.now()
  let symbols = kallsyms()
  const took = performance.now() - start
  const { size } = symbols
  const { turns } = await countTurns(async () => {
    symbols = await kallsymsAsync()
  })
  t.true(Math.abs(symbols.size - size) < 1000, 'programs come and go')
  t.is(symbols.find('vfs_read')[0]?.address, kallsyms().find('vfs_read')[0]?.address)
  t.true(turns >= 1 || took < 30, `${turns} turns, ${took} ms at once`)
})

test('addresses that the kernel hides are a PermissionError', (t) => {
  const { kptrRestrict = 0, perfEventParanoid = 0 } = kernelFacts()
  // kallsyms_show_value of kernel/ksyms_common.c: without CAP_SYSLOG, addresses are shown to those who may profile the
  // kernel.
  const shown = kptrRestrict === 0 && perfEventParanoid <= 1
  const source = `import('ebpf/symbols').then(({ kallsyms }) => console.log(kallsyms().size > 0)).catch(({ name, message }) => console.log(name, message))`
  const command = ['--bounding-set=-all', '--inh-caps=-all', process.execPath, '-e', source]
  const { stdout } = spawnSync('setpriv', command, { encoding: 'utf8', timeout: 120_000 })
  t.regex(stdout, shown ? /^true/ : /^PermissionError .*every address is 0/)
})

test('a loaded program is among the symbols', (t) => {
  const object = open(fixture('handles'))
  for (const program of object.programs.values()) program.autoload = program.name === 'run_once'
  using bpf = object.loadSync()
  const { tag, jitedSize } = bpf.program('run_once').info()
  const found = kallsyms().find(`bpf_prog_${tag}_run_once`)
  t.is(found.length > 0, jitedSize > 0)
  for (const symbol of found) t.is(symbol.module, 'bpf')
})

test('stacks of the kernel and of a process are decoded', (t) => {
  const object = open(fixture('objects'))
  for (const program of object.programs.values()) program.autoload = program.name === 'take_stacks'
  for (const map of ['outer', 'pinned']) object.map(map).autocreate = false
  object.globals.target_tgid = process.pid
  using bpf = object.loadSync()
  {
    using _link = bpf.program('take_stacks').attach()
    statSync('/')
  }
  const stacks = bpf.map<never, never>('stacks')
  const kernel = kernelFrames(stackAddresses(stacks, bpf.globals.kernel_stack as number) ?? [])
  t.true(
    kernel.some(({ name }) => /syscall/.test(name ?? '')),
    kernel.map(({ name }) => name).join(),
  )
  const user = userFrames(stackAddresses(stacks, bpf.globals.user_stack as number) ?? [], process.pid)
  // The function that makes the system call; the sanitizers' library has its own.
  t.regex(user[0]?.file ?? '', /libc|node|ld-|libasan/)
  t.true(
    user.some(({ name, offset }) => name !== undefined && offset !== undefined && offset >= 0),
    JSON.stringify(user.map(({ file, name }) => [file, name])),
  )
  t.is(stackAddresses(stacks, stacks.maxEntries), undefined)
  t.is(stackAddresses(stacks, -14), undefined)
  t.throws(() => stackAddresses(bpf.map('plain'), 1), { instanceOf: TypeError, message: /plain.*hash/ })
  t.throws(() => stackBuildIds(stacks, 1), { instanceOf: TypeError, message: /stacks holds addresses/ })
  t.throws(() => stacks.set(1 as never, new Uint8Array(1016) as never), {
    code: 'ENOTSUP',
    message: /stacks of type stack_trace has no set\(\): only programs put stacks in it/,
  })
})

test('frames of a process are told by build ids', (t) => {
  const object = open(fixture('build_ids'))
  object.globals.target_tgid = process.pid
  using bpf = object.loadSync()
  {
    using _link = bpf.program('take_stack').attach()
    statSync('/')
  }
  const { addresses, build_ids, stack, buffer } = bpf.globals as Record<string, number> & { buffer: Uint8Array }
  const frames = stackBuildIds(bpf.map<never, never>('stacks_of_build_ids'), build_ids as number) ?? []
  const expected = userFrames(
    stackAddresses(bpf.map<never, never>('stacks_of_addresses'), addresses as number) ?? [],
    process.pid,
  )
  t.is(frames.length, expected.length)
  t.true(frames.some(({ status }) => status === 'valid'))
  for (const [i, frame] of frames.entries()) {
    const { buildId, fileOffset, address } = expected[i] ?? {}
    if (frame.status === 'ip') t.deepEqual([frame.ip], [address])
    else t.deepEqual([frame.buildId, frame.offset], [buildId, BigInt(fileOffset ?? -1)])
  }
  t.deepEqual(buildIdsOf(buffer.subarray(0, stack)), frames)
  const map = bpf.map<never, never>('stacks_of_build_ids')
  t.throws(() => stackAddresses(map, 1), {
    instanceOf: TypeError,
    message: /stacks_of_build_ids holds build ids instead/,
  })
  t.is(stackBuildIds(map, -14), undefined)
})

test('a process that is not there is refused by its number', (t) => {
  t.throws(() => userFrames([], 4_194_304), { code: 'ENOENT', message: /4194304/ })
  t.throws(() => new ProcessSymbols(0), { instanceOf: RangeError })
  t.deepEqual(addressesOf(new Uint8Array(20)), [])
})
