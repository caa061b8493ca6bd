import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { open } from '../../lib/object/open-object.js'
import { fixture } from '../helpers/fixture.js'

/* What stands at an object's path may be anything. */

const folder = mkdtempSync(join(tmpdir(), 'ebpf-object-'))
test.after.always(() => rmSync(folder, { recursive: true }))

test('what is no regular file is not opened, which would wait for the writer of a pipe', (t) => {
  const pipe = join(folder, 'pipe.bpf.o')
  execFileSync('mkfifo', [pipe])
  symlinkSync(pipe, join(folder, 'link.bpf.o'))
  t.throws(() => open(pipe), { code: 'EINVAL', message: /pipe\.bpf\.o: it is a pipe, not a file/ })
  t.throws(() => open(join(folder, 'link.bpf.o')), { code: 'EINVAL', message: /it is a pipe/ })
  t.throws(() => open('/dev/zero'), { code: 'EINVAL', message: /\/dev\/zero: it is a device, not a file/ })
  t.throws(() => open(folder), { code: 'EISDIR', message: /it is a directory/ })
  t.throws(() => open(join(folder, 'none.bpf.o')), { code: 'ENOENT' })
})

test('a file that is too large, empty or of /proc is refused by its content', (t) => {
  const sparse = join(folder, 'sparse.bpf.o')
  copyFileSync(fixture('typed'), sparse)
  truncateSync(sparse, 2 ** 40)
  t.throws(() => open(sparse), { code: 'EFBIG', message: /sparse\.bpf\.o: it is larger than 64 MB/ })
  const empty = join(folder, 'empty.bpf.o')
  writeFileSync(empty, '')
  t.throws(() => open(empty), { code: 'EINVAL', message: /it is empty/ })
  t.throws(() => open('/proc/self/status'), { message: /\/proc\/self\/status/ })
})

test('an object is named by its file, up to the first dot, or as it is said', (t) => {
  const path = join(folder, 'a_long_name_of_a_file.other.bpf.o')
  copyFileSync(fixture('native_ringbuf'), path)
  const names = (options = {}) => {
    using object = open(path, options)
    return [...object.maps.keys()].filter((name) => name.endsWith('.bss'))
  }
  t.deepEqual(names(), ['a_long_n.bss'])
  t.deepEqual(names({ name: 'named' }), ['named.bss'])
})
