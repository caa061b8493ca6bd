import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { release, tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { BpfError, type LogLevel, type OpenObject, type OpenOptions, open, VerifierError } from 'ebpf'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { isOlderThan } from '../helpers/kernel-version.js'

const packet = new Uint8Array(64)

/** Opens the fixture with only the programs named, and only the maps that they need. */
function openWith(programs: readonly string[], options: OpenOptions = {}): OpenObject {
  const object = open(fixture('objects'), options)
  for (const program of object.programs.values()) program.autoload = programs.includes(program.name)
  object.map('outer').autocreate = programs.includes('use_outer')
  object.map('pinned').autocreate = programs.includes('touch_pinned')
  object.map('stacks').autocreate = programs.includes('take_stacks')
  return object
}

const kernelMajorMinor = release()
  .split('.', 2)
  .map((part) => Number.parseInt(part, 10))

/** Runs `use` with its own folder on the bpffs, which is removed with everything in it. */
async function inPinFolder(use: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync('/sys/fs/bpf/ebpf-test-')
  try {
    await use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('globals are structs, arrays and sections of their own, before load and live after it', (t) => {
  const object = openWith(['touch'])
  t.deepEqual(object.globals.limits, { low: 1, high: 2, steps: [3n, 4n] })
  t.deepEqual(object.globals.history, [-1, -2, -3, -4])
  t.deepEqual(object.globals.table, [10n, 20n])
  object.globals.limits = { low: 11, high: 12, steps: [13n, 14n] }
  object.globals.scale = 5
  object.globals.history = [9, 8, 7, 6]
  using bpf = object.loadSync()
  bpf.program('touch').run({ data: packet })
  t.is(bpf.globals.runs, 5)
  t.deepEqual(bpf.globals.seen, { low: 11, high: 0, steps: [0n, 14n] })
  t.deepEqual(bpf.globals.history, [9, 8, 7, 9])
  t.deepEqual(bpf.globals.table, [10n, 22n])
  bpf.globals.table = [0n, 100n]
  bpf.globals.table_length = 11
  bpf.program('touch').run({ data: packet })
  t.deepEqual(bpf.globals.table, [0n, 111n])
  t.throws(
    () => {
      bpf.globals.scale = 1
    },
    { code: 'EROFS' },
  )
})

test('the kernel configuration is what the options and the kernel say, and is not set', (t) => {
  const object = open(fixture('kconfig'), {
    // All of them, because libbpf looks for missing ones in the kernel's own configuration, which not every machine
    // has.
    kconfig: 'CONFIG_OF_THE_TEST=4711\nCONFIG_TEXT_OF_THE_TEST=""\nCONFIG_OTHER_TEXT_OF_THE_TEST=""\n',
  })
  t.throws(
    () => {
      object.globals.CONFIG_OF_THE_TEST = 1
    },
    { code: 'EROFS', message: /__kconfig variables/ },
  )
  // libbpf would read the names of externs from memory that it has freed.
  t.throws(() => Object.assign(object.map('.data.table'), { valueSize: 24 }), { code: 'EINVAL', message: /\.kconfig/ })
  using bpf = object.loadSync()
  bpf.program('look').run({ data: packet })
  t.is(bpf.globals.config_value, 4711)
  t.is(bpf.globals.CONFIG_OF_THE_TEST, 4711)
  const version = bpf.globals.kernel_version as number
  t.deepEqual([version >> 16, (version >> 8) & 0xff], kernelMajorMinor)
  t.is(bpf.globals.LINUX_KERNEL_VERSION, version)
})

test('a section of globals that ends in an array is resized, and its types with it', (t) => {
  const object = openWith(['touch'])
  const section = object.map('.data.table')
  section.valueSize = 8 + 5 * 8
  t.is(section.valueSize, 48)
  t.deepEqual(object.globals.table, [10n, 20n, 0n, 0n, 0n])
  object.globals.table = [1n, 2n, 3n, 4n, 5n]
  for (const [valueSize, message] of [
    [0, /cannot have 0/],
    [8, /cannot have 8/],
    [13, /cannot have 13/],
  ] as const) {
    t.throws(
      () => {
        section.valueSize = valueSize
      },
      { code: 'EINVAL', message },
    )
  }
  using bpf = object.loadSync()
  bpf.program('touch').run({ data: packet })
  t.deepEqual(bpf.globals.table, [1n, 4n, 3n, 4n, 5n])
})

test('what would crash libbpf is refused by name', (t) => {
  using object = openWith([])
  const refused = (change: () => void, message: RegExp) => t.throws(change, { code: 'EINVAL', message })
  const bss = object.map('objects.bss')
  const outer = object.map('outer')
  const plain = object.map('plain')
  refused(() => Object.assign(bss, { maxEntries: 2 }), /objects\.bss holds global variables/)
  refused(() => Object.assign(bss, { type: 'hash' }), /objects\.bss holds global variables/)
  refused(() => Object.assign(bss, { keySize: 8 }), /objects\.bss holds global variables/)
  refused(() => Object.assign(bss, { valueSize: 1 << 20 }), /objects\.bss/)
  refused(() => Object.assign(bss, { flags: 0 }), /objects\.bss/)
  refused(() => Object.assign(outer, { type: 'prog_array' }), /outer cannot be changed from type 13 to 3/)
  refused(() => Object.assign(plain, { type: 'struct_ops' }), /plain cannot be changed/)
  refused(() => Object.assign(plain, { type: 'arena' }), /plain cannot be changed/)
  refused(() => plain.setInner({ fd: 0 }), /plain/)
  t.throws(() => plain.reuse({ fd: 99_999 }), { code: 'EBADF' })
  t.throws(() => plain.reuse({ fd: 1 }), { code: 'EINVAL', message: /descriptor 1 is .*, not a map/ })
  t.throws(() => plain.reuse({ fd: -1 }), { instanceOf: RangeError, message: /-1/ })
  t.throws(() => Object.assign(plain, { type: 'no_such' }), { instanceOf: RangeError, message: /no_such.*lru_hash/ })
  t.throws(() => Object.assign(plain, { keySize: 1.5 }), { instanceOf: RangeError, message: /1\.5/ })
  t.throws(() => Object.assign(plain, { pinPath: 'a\0b' }), { instanceOf: TypeError, message: /NUL/ })
})

test('the type, sizes and flags of a map are what the kernel creates', (t) => {
  const object = openWith(['touch_pinned'])
  const plain = object.map('plain')
  plain.typeId = 25
  t.is(plain.type, 'devmap_hash')
  plain.type = 'array'
  plain.keySize = 4
  plain.valueSize = 24
  plain.maxEntries = 3
  plain.flags = 1 << 10 // BPF_F_MMAPABLE
  t.is(plain.type, 'array')
  object.map('pinned').pinPath = undefined
  using bpf = object.loadSync()
  const plainNow = bpf.map<number, Uint8Array>('plain')
  // The value no longer has its C type: it is bytes.
  t.deepEqual(plainNow.get(2), new Uint8Array(24))
  const info = plainNow.info()
  t.like(info, { type: 'array', keySize: 4, valueSize: 24, maxEntries: 3, flags: 1024 })
  t.throws(() => Object.assign(plain, { maxEntries: 4 }), { code: 'EBUSY' })
})

test('a map whose autocreate is off is not there', (t) => {
  using bpf = openWith(['touch']).loadSync()
  t.throws(() => bpf.map('outer'), { code: 'ENOENT', message: /outer was not created/ })
})

test('a map pinned by name is reused by the next object, from the pin root or where pinPath says', async (t) => {
  await inPinFolder((folder) => {
    const run = (pinRoot: string | undefined, pinPath?: string) => {
      const object = openWith(['touch_pinned'], pinRoot === undefined ? {} : { pinRoot })
      if (pinPath !== undefined) object.map('pinned').pinPath = pinPath
      using bpf = object.loadSync()
      bpf.program('touch_pinned').run({ data: packet })
      return { id: bpf.map('pinned').id, count: bpf.map('pinned').get(1) }
    }
    using unloaded = openWith([], { pinRoot: folder })
    t.is(unloaded.map('pinned').pinPath, `${folder}/pinned`)
    const first = run(folder)
    t.true(existsSync(`${folder}/pinned`))
    t.deepEqual(run(folder), { id: first.id, count: 2n })
    const other = run(folder, `${folder}/elsewhere`)
    t.not(other.id, first.id)
    t.is(other.count, 1n)
    t.deepEqual(run(undefined, `${folder}/elsewhere`), { id: other.id, count: 2n })
  })
})

test('globals that are pinned are live in every object that shares them', async (t) => {
  await inPinFolder((folder) => {
    const load = () => {
      const object = openWith(['touch'])
      object.map('objects.bss').pinPath = `${folder}/bss`
      return object.loadSync()
    }
    using first = load()
    using second = load()
    first.program('touch').run({ data: packet })
    second.program('touch').run({ data: packet })
    t.is(first.globals.runs, 2)
    t.is(second.globals.runs, 2)
    second.globals.runs = 40
    t.is(first.program('touch').run({ data: packet }).returnValue, 41)
  })
})

test('an open map is reused, and one of another shape is refused', (t) => {
  using first = openWith(['touch']).loadSync()
  first.map<number, bigint>('plain').set(1, 7n)
  const object = openWith(['touch'])
  t.throws(() => object.map('plain').reuse(first.map('.data.table')), { code: 'EINVAL', message: /plain has type 1/ })
  object.map('plain').reuse(first.map('plain'))
  object.map('objects.data').reuse(first.map('objects.data'))
  using second = object.loadSync()
  t.is(second.map('plain').id, first.map('plain').id)
  second.program('touch').run({ data: packet })
  t.is(first.map('plain').get(1), 8n)
  first.globals.history = [1, 2, 3, 4]
  t.deepEqual(second.globals.history, [1, 2, 3, 4])
})

test('a map of maps without a template is given one', (t) => {
  using inner = openWith(['touch']).loadSync()
  const object = openWith(['use_outer'])
  object.map('outer').setInner(inner.map('plain'))
  t.throws(() => object.map('outer').setInner(inner.map('plain')), { code: 'EINVAL', message: /already/ })
  using bpf = object.loadSync()
  t.is(bpf.program('use_outer').run({ data: packet }).returnValue, 0)
  bpf.map('outer').set(Uint8Array.from([1, 0, 0, 0]), inner.map('plain'))
  t.is(bpf.program('use_outer').run({ data: packet }).returnValue, 1)
  t.is(inner.map('plain').get(1), 1n)
})

kernelTest('an arena is not mapped over what is there', { needs: ['arena'] }, (t) => {
  const object = open(fixture('arena_address'))
  t.throws(() => Object.assign(object.map('arena'), { extra: 1n << 40n }), { code: 'EINVAL', message: /arena/ })
  {
    using _first = object.loadSync()
    const again = open(fixture('arena_address'))
    t.throws(() => again.loadSync(), { code: 'EEXIST', message: /arena arena needs an address that is already in use/ })
    t.true(again.closed)
  }
  open(fixture('arena_address')).loadSync().close()
})

kernelTest('an extension is given the function that it replaces', { needs: ['freplace'] }, (t) => {
  using target = openWith(['call_replaceable']).loadSync()
  const object = openWith(['replacement'])
  const program = object.program('replacement')
  t.throws(() => program.setAttachTarget({ program: target.program('call_replaceable'), function: 'no_such' }), {
    instanceOf: BpfError,
    message: /replacement/,
  })
  program.setAttachTarget({ program: target.program('call_replaceable'), function: 'replaceable' })
  using bpf = object.loadSync()
  t.is(bpf.program('replacement').info().type, 'ext')
  if (!isOlderThan('6.0')) t.true(bpf.program('replacement').info().attachBtfTypeId > 0)
})

kernelTest('a tracing program is given the function that it attaches to', { needs: ['fentry'] }, (t) => {
  const object = openWith(['on_entry'])
  t.throws(() => object.program('on_entry').setAttachTarget('no_kernel_has_this_function'), {
    instanceOf: BpfError,
    message: /on_entry/,
  })
  object.program('on_entry').setAttachTarget('bpf_fentry_test1')
  using bpf = object.loadSync()
  using _link = bpf.program('on_entry').attach()
  // Running a tracing program calls that function with 1 (net/bpf/test_run.c).
  bpf.program('on_entry').run()
  t.is(bpf.globals.runs, 1)
})

test('the type, the flags and the log level of a program are what it is loaded with', (t) => {
  const object = openWith(['touch_pinned'])
  object.map('pinned').pinPath = undefined
  const program = object.program('touch_pinned')
  program.autoattach = false
  program.type = 'cgroup_skb'
  program.expectedAttachType = 'cgroup_inet_egress'
  program.logLevel = 1
  t.deepEqual([program.autoattach, program.type, program.logLevel], [false, 'cgroup_skb', 1])
  using bpf = object.loadSync()
  t.is(bpf.program('touch_pinned').info().type, 'cgroup_skb')
  t.throws(() => Object.assign(program, { type: 'xdp' }), { code: 'EBUSY' })
})

test('onLog is told what libbpf says, and an error has it too', async (t) => {
  const said: [LogLevel, string][] = []
  const onLog = (level: LogLevel, message: string) => said.push([level, message])
  using bpf = await openWith(['touch'], { onLog, logLevel: 1 }).load()
  t.true(bpf.programNames.includes('touch'))
  t.true(said.some(([level, text]) => level === 'debug' && text.includes("map 'plain': created successfully")))
  t.true(said.some(([, text]) => text.includes("prog 'touch': -- BEGIN PROG LOAD LOG --")))
  said.length = 0
  const error = await t.throwsAsync(openWith(['touch', 'refused_at_length'], { onLog, logLevel: 1 }).load(), {
    instanceOf: VerifierError,
  })
  t.is(error.program, 'refused_at_length')
  t.true(said.some(([level, text]) => level === 'warn' && text.includes(error.verifierLog)))
  t.throws(() => open('/nonexistent.bpf.o', { onLog }), { code: 'ENOENT' })
  t.true(said.some(([level, text]) => level === 'warn' && text.includes('/nonexistent.bpf.o')))
})

test('onLog is told of attaching too', (t) => {
  const said: string[] = []
  const object = open(fixture('handles'), { onLog: (_level, message) => said.push(message) })
  for (const program of object.programs.values()) program.autoload = program.name === 'on_raw_tp'
  using bpf = object.loadSync()
  said.length = 0
  t.throws(() => bpf.program('on_raw_tp').attachRawTracepoint('no_such_tracepoint'), { instanceOf: BpfError })
  t.true(said.some((message) => message.includes('no_such_tracepoint')))
})

test('what onLog throws, the call throws', (t) => {
  const onLog = () => {
    throw new Error('from the hook')
  }
  t.throws(() => open(fixture('objects'), { onLog }), { message: 'from the hook' })
})

test('a log of megabytes is whole in the error', (t) => {
  const object = openWith(['refused_at_length'])
  object.program('refused_at_length').logLevel = 2
  const error = t.throws(() => object.loadSync(), { instanceOf: VerifierError })
  t.true(error.verifierLog.length > 1 << 20, `${error.verifierLog.length} bytes`)
  t.regex(error.verifierLog, /^(func#0|0: R1|arg#0|reg type|Validating)/m)
  t.regex(error.reason, /invalid mem access|R\d/)
})

kernelTest('fields are relocated by the BTF file that is named', { needs: ['tp_btf'] }, async (t) => {
  const openIt = (kernelBtf: string) => {
    const object = open('bpf/retransmit.bpf.o', { kernelBtf })
    for (const program of object.programs.values()) program.autoload = program.section.startsWith('tp_btf/')
    return object
  }
  const error = t.throws(() => openIt('/nonexistent').loadSync(), { instanceOf: BpfError })
  t.regex(error.log, /failed to parse target BTF/)
  const folder = mkdtempSync(join(tmpdir(), 'ebpf-test-'))
  try {
    copyFileSync('/sys/kernel/btf/vmlinux', join(folder, 'kernel.btf'))
    using bpf = await openIt(join(folder, 'kernel.btf')).load()
    t.true(bpf.programNames.length > 0)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
