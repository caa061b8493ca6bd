import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import test from 'ava'
import { open, tracePipe } from 'ebpf'
import { networkNamespace, watchInterfaces } from 'ebpf/net'
import { ElfSymbols } from 'ebpf/symbols'
import { fixture } from '../helpers/fixture.js'

test('an object is opened by its URL, and one of another scheme is refused', (t) => {
  using object = open(pathToFileURL(fixture('typed')))
  t.true(object.maps.size > 0)
  t.throws(() => open(new URL('https://localhost/x.o')), { instanceOf: TypeError, message: /scheme file/ })
  t.throws(() => open(pathToFileURL('/nowhere/x y.o')), { code: 'ENOENT', message: /\/nowhere\/x y\.o/ })
  t.throws(() => open(fixture('typed'), { kernelBtf: new URL('https://localhost/btf') }), { message: /scheme file/ })
})

test('a network namespace, a trace pipe and an ELF file may be named by their URLs', async (t) => {
  const url = pathToFileURL('/proc/self/ns/net')
  t.deepEqual(networkNamespace({ netns: url }), networkNamespace({ netns: '/proc/self/ns/net' }))
  t.deepEqual(ElfSymbols.read(pathToFileURL(fixture('typed')))?.buildId, ElfSymbols.read(fixture('typed'))?.buildId)
  const none = pathToFileURL('/nowhere/trace_pipe')
  await t.throwsAsync(tracePipe({ path: none }).next(), { message: /\/nowhere\/trace_pipe/ })
  const remote = new URL('https://localhost/a')
  const refused = { instanceOf: TypeError, code: 'ERR_INVALID_URL_SCHEME', message: /https:\/\/localhost\/a/ }
  t.throws(() => networkNamespace({ netns: remote }), refused)
  t.throws(() => ElfSymbols.read(remote), refused)
  await t.throwsAsync(tracePipe({ path: remote }).next(), refused)
  await t.throwsAsync(watchInterfaces({ netns: remote }).next(), refused)
  await t.throwsAsync(watchInterfaces({ netns: ['/proc/self/ns/net', remote] }).next(), refused)
})

test('a URL of a path with spaces and escapes leads to that file', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ebpf path %41 '))
  t.teardown(() => rmSync(folder, { recursive: true }))
  copyFileSync(fixture('typed'), join(folder, 'ü ä.bpf.o'))
  using object = open(pathToFileURL(join(folder, 'ü ä.bpf.o')))
  t.true(object.maps.size > 0)
})

test('the path of a pin may be a URL', (t) => {
  using object = open(fixture('objects'))
  const [map] = object.maps.values()
  if (!map) return t.fail('the object has no map')
  map.pinPath = pathToFileURL('/sys/fs/bpf/some where')
  t.is(map.pinPath, '/sys/fs/bpf/some where')
})

test('console.log of handles and globals prints what they are', (t) => {
  const object = open(fixture('typed'))
  t.regex(inspect(object), /^\[OpenObject the object .*typed\.bpf\.o\]$/)
  for (const map of object.maps.values()) t.regex(inspect(map), /^\[OpenMap \S+: \w+, \d+ entries\]$/)
  for (const program of object.programs.values()) t.regex(inspect(program), /^\[OpenProgram \w+: \S+\]$/)
  t.regex(inspect(object.globals), /limit: \d+/)
  object.close()
  t.regex(inspect(object), /, closed\]$/)
})

test('the program that reads registers compiles by the documented command', (t) => {
  using object = open(fixture('registers'))
  t.deepEqual([...object.programs.keys()].sort(), ['by_register', 'on_kprobe', 'on_uprobe', 'on_uretprobe'])
})

test('a global that is not there is told with the nearest when it is set', (t) => {
  using object = open(fixture('typed'))
  const { globals } = object
  t.throws(() => Object.assign(globals, { limti: 1 }), {
    instanceOf: TypeError,
    message: /no global 'limti'; did you mean 'limit'/,
  })
  t.is(globals.limti, undefined)
})
