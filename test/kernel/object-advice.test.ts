import { readFileSync } from 'node:fs'
import { createMap, type OpenMap, open } from 'ebpf'
import { findSection } from '../helpers/elf-section.js'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'

/* What an error of an object or a map says to do next, where libbpf and the kernel only give a number. */

kernelTest('an object that libbpf cannot open says what to change', {}, (t) => {
  t.throws(() => open(fixture('undefined')), {
    code: 'ENOENT',
    message: /'nowhere_defined' is declared but not defined: .*__ksym or __kconfig.*bpftool gen object/,
  })
  t.throws(() => open(fixture('misplaced')), {
    message: /uses 'misplaced' of section 'settings', which holds neither maps nor globals/,
  })
  const stripped = readFileSync(fixture('objects'))
  stripped.writeUInt32LE(1, findSection(stripped, '.symtab').header + 4)
  t.throws(() => open(stripped), { message: /has no symbol table, .*`llvm-strip -g`/ })
})

kernelTest('what a program needs and the kernel does not have is named', { needs: ['tp_btf'] }, (t) => {
  t.throws(() => open(fixture('unknown_ksyms')).loadSync(), {
    code: 'ESRCH',
    message: /the kernel has no symbol 'no_kernel_has_this' in \/proc\/kallsyms.*declare it __weak/,
  })
  t.throws(() => open(fixture('unknown_kfunc')).loadSync(), {
    message: /have no kfunc 'no_kernel_has_this': declare it __weak .*bpf_ksym_exists\(no_kernel_has_this\)/,
  })
  t.throws(() => open(fixture('unknown_kconfig')).loadSync(), {
    message: /the kernel's configuration does not set CONFIG_NO_KERNEL_HAS_THIS: declare it __weak/,
  })
})

const sizes = { keySize: 4, valueSize: 4, maxEntries: 1 } as const

/** Types that every supported kernel has. */
const refused = [
  [
    { type: 'hash', ...sizes, maxEntries: 0 },
    /create map of type hash: EINVAL: the maxEntries of .*hash is at least 1, not 0$/,
  ],
  [{ type: 'hash', ...sizes, keySize: 0 }, /the keySize of a map of type hash is at least 1, not 0$/],
  [{ type: 'hash', ...sizes, valueSize: 0 }, /the valueSize of a map of type hash is at least 1, not 0$/],
  [
    { type: 'hash', ...sizes, name: 'two words' },
    /create map two words: .*letters, digits, '_' and '\.', not 'two words'$/,
  ],
  [{ type: 'hash', ...sizes, flags: ['mmapable'] }, /only arrays and arenas take mmapable/],
  [{ type: 'hash', ...sizes, flags: ['no_common_lru'] }, /only LRU maps take no_common_lru/],
  [{ type: 'hash', ...sizes, flags: ['rdonly', 'wronly'] }, /rdonly and wronly exclude each other/],
  // The kernel's errno is the one for a program that cannot be compiled.
  [
    { type: 'lru_hash', ...sizes, flags: ['no_prealloc'] },
    /: ENOTSUPP: a map of type lru_hash .* does not take no_prealloc/,
  ],
  [{ type: 'array', ...sizes, keySize: 8 }, /the keySize of a map of type array is 4, not 8$/],
  [{ type: 'array', ...sizes, flags: ['no_prealloc'] }, /a map of type array .* does not take no_prealloc/],
  [{ type: 'lpm_trie', ...sizes }, /the keySize of a map of type lpm_trie is 5 to 260, .*not 4$/],
  [{ type: 'stack_trace', ...sizes, valueSize: 60 }, /is 8 for each frame, of \d+ at most .*, not 60$/],
  [{ type: 'stack_trace', ...sizes, valueSize: 60, flags: ['stack_build_id'] }, /is 32 for each frame/],
  [{ type: 'queue', ...sizes }, /the keySize of a map of type queue is 0, not 4$/],
  [{ type: 'sk_storage', ...sizes }, /has no limit of entries: its maxEntries is 0, not 1$/],
  [{ type: 'devmap', ...sizes, valueSize: 6 }, /the valueSize of a map of type devmap is 4 or 8, not 6$/],
  [{ type: 'array_of_maps', maxEntries: 1 }, /needs a template of the maps that it will hold: inner, or/],
  [{ type: 'struct_ops', ...sizes }, /a struct_ops map is made by loading an object that has one$/],
] as const satisfies readonly (readonly [Parameters<typeof createMap>[0], RegExp])[]

kernelTest('a map that the kernel refuses says which of its rules it breaks', {}, (t) => {
  for (const [options, message] of refused) t.throws(() => createMap(options).close(), { message }, message.source)
})

kernelTest('so does one of an object', {}, (t) => {
  const load = (change: (map: OpenMap) => void) => () => {
    const object = open(fixture('handles'))
    change(object.map('hits'))
    object.loadSync().close()
  }
  const code = 'EINVAL'
  const outer = { type: 'array_of_maps', keySize: 4, valueSize: 4 }
  t.throws(
    load((map) => Object.assign(map, outer)),
    { code, message: /map 'hits': .*setInner\(\)$/ },
  )
  t.throws(
    load((map) => Object.assign(map, { keySize: 0 })),
    { code, message: /map 'hits': the keySize of .* at least 1/ },
  )
  t.throws(
    load((map) => Object.assign(map, { flags: 1 << 10 })),
    { code, message: /map 'hits': only arrays and arenas/ },
  )
})

const bytes = (...values: number[]) => Uint8Array.from(values)

kernelTest('an element that the kernel refuses says why', {}, (t) => {
  using hash = createMap({ type: 'hash', ...sizes })
  const [one, two] = [bytes(1, 0, 0, 0), bytes(2, 0, 0, 0)]
  hash.set(one, one)
  t.throws(() => hash.set(two, two), { code: 'E2BIG', message: /E2BIG: it is full, of 1 entries/ })
  t.throws(() => hash.setBatch([[two, two]]), { code: 'E2BIG', message: /it is full/ })
  t.throws(() => hash.set(one, two, 'noexist'), { code: 'EEXIST', message: /it has the key already/ })
  t.throws(() => hash.set(two, two, 'exist'), { code: 'ENOENT', message: /it does not have the key/ })
  using trie = createMap({ type: 'lpm_trie', keySize: 8, valueSize: 4, maxEntries: 1 })
  trie.set(bytes(32, 0, 0, 0, 1, 2, 3, 4), one)
  t.throws(() => trie.set(bytes(32, 0, 0, 0, 1, 2, 3, 5), one), { code: 'ENOSPC', message: /it is full, of 1 entries/ })
  using array = createMap({ type: 'array', valueSize: 4, maxEntries: 2 })
  t.throws(() => array.set(2, one), { code: 'E2BIG', message: /an index of it is below 2$/ })
  t.throws(() => array.set(1, one, 'noexist'), { code: 'EEXIST', message: /an entry of it always exists$/ })
  using queue = createMap({ type: 'queue', valueSize: 4, maxEntries: 1 })
  queue.push(one)
  t.throws(() => queue.push(two), { code: 'E2BIG', message: /it is full, of 1 elements: .*overwrite/ })
  using outer = createMap({ type: 'array_of_maps', maxEntries: 1, inner: array })
  using other = createMap({ type: 'array', valueSize: 8, maxEntries: 2 })
  t.throws(() => outer.set(0, other), { code: 'EINVAL', message: /an inner map must be like the one/ })
})

kernelTest('a program whose section says no type, or of a devmap, is told what to do', {}, (t) => {
  t.throws(() => open(fixture('old_sections')).loadSync(), {
    code: 'EINVAL',
    message:
      /SEC\("classifier\/ingress"\) does not determine the type of program old_classifier \(since libbpf 1\.0 it is SEC\("tc"\)\)/,
  })
  const object = open(fixture('old_sections'))
  object.program('old_classifier').type = 'sched_cls'
  using bpf = object.loadSync()
  t.throws(() => bpf.program('redirected').attach(), {
    code: 'ENOTSUP',
    message: /set it in an entry of a devmap, { target, program }/,
  })
})
