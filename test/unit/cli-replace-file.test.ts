import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { replaceFile } from '../../lib/cli/output/replace-file.js'

function folderOf(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'replace-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

const read = (path: string) => readFileSync(path, 'utf8')

test('a new file has the text and nothing stands beside it', (t) => {
  const folder = folderOf(t)
  replaceFile(join(folder, 'new'), 'text')
  t.is(read(join(folder, 'new')), 'text')
  t.deepEqual(readdirSync(folder), ['new'])
  t.is(statSync(join(folder, 'new')).mode & 0o777, 0o666 & ~process.umask())
})

test('an old file is replaced, with its mode, whatever is reading it', (t) => {
  const folder = folderOf(t)
  const file = join(folder, 'old')
  writeFileSync(file, 'a longer text')
  chmodSync(file, 0o640)
  const reader = openSync(file, 'r')
  t.teardown(() => closeSync(reader))
  replaceFile(file, 'text')
  t.is(read(file), 'text')
  t.is(statSync(file).mode & 0o7777, 0o640)
  t.is(readFileSync(reader, 'utf8'), 'a longer text')
  t.deepEqual(readdirSync(folder), ['old'])
})

test('a symbolic link stays one, and what it leads to is replaced or made', (t) => {
  const folder = folderOf(t)
  mkdirSync(join(folder, 'there'))
  symlinkSync('there', join(folder, 'way'))
  symlinkSync('../file', join(folder, 'there', 'link'))
  symlinkSync('way/link', join(folder, 'first'))
  for (const text of ['made', 'replaced']) {
    replaceFile(join(folder, 'first'), text)
    t.is(read(join(folder, 'file')), text)
    t.is(read(join(folder, 'first')), text)
  }
  t.deepEqual(readdirSync(folder).sort(), ['file', 'first', 'there', 'way'])
  t.deepEqual(readdirSync(join(folder, 'there')), ['link'])
})

test('a pipe is written to', (t) => {
  const pipe = join(folderOf(t), 'pipe')
  execFileSync('mkfifo', [pipe])
  const fd = openSync(pipe, constants.O_RDWR)
  t.teardown(() => closeSync(fd))
  for (const path of [pipe, `/proc/self/fd/${fd}`]) replaceFile(path, 'text')
  const buffer = Buffer.alloc(100)
  t.is(buffer.toString('utf8', 0, readSync(fd, buffer)), 'texttext')
  t.true(statSync(pipe).isFIFO())
})

test('an error leaves what was there and nothing beside it', (t) => {
  const folder = folderOf(t)
  t.throws(() => replaceFile(join(folder, 'none', 'file'), 'text'), { code: 'ENOENT' })
  t.throws(() => replaceFile(folder, 'text'), { code: 'EISDIR' })
  t.deepEqual(readdirSync(folder), [])
})
