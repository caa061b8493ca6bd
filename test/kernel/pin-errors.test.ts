import { mkdtempSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { type BpfMap, createMap, open, openMap, u32 } from 'ebpf'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'

/** A folder on a bpffs, and a map to pin there. */
function withFolder(t: ExecutionContext, use: (folder: string, map: BpfMap<number, number>) => void): void {
  const folder = mkdtempSync('/sys/fs/bpf/ebpf-test-')
  const map = createMap({ type: 'hash', key: u32, value: u32, maxEntries: 1 })
  try {
    use(folder, map)
    t.deepEqual(readdirSync(folder), [])
  } finally {
    map.close()
    for (const file of readdirSync(folder)) unlinkSync(join(folder, file))
    rmdirSync(folder)
  }
}

kernelTest('a pin whose name has a dot is refused because of the dot', {}, (t) => {
  withFolder(t, (folder, map) => {
    const dotted = {
      code: 'EPERM',
      message: /a name on a bpffs must not contain a dot, as '(my\.map|v1\.2)' does in /,
    } as const
    t.throws(() => map.pin(join(folder, 'my.map')), dotted)
    t.throws(() => map.pin(join(folder, 'v1.2/map')), dotted)
    t.throws(() => openMap({ path: join(folder, 'my.map') }), dotted)
    const object = open(fixture('handles'))
    for (const program of object.programs.values()) program.autoload = false
    object.map('hits').pinPath = join(folder, 'my.map')
    t.throws(() => object.loadSync(), dotted)
  })
})

kernelTest('a pin says what else is wrong with its path', {}, (t) => {
  withFolder(t, (folder, map) => {
    t.throws(() => map.pin(join(folder, 'x'.repeat(256))), { code: 'ENAMETOOLONG', message: /longer than 255 bytes/ })
    t.throws(() => map.pin(join(folder, 'a/b/map')), {
      code: 'ENOENT',
      message: new RegExp(`${folder}/a does not exist: only the last directory of a pin is created`),
    })
    t.throws(() => openMap({ path: join(folder, 'none') }), { code: 'ENOENT', message: /none: ENOENT$/ })
    const object = open(fixture('handles'))
    for (const program of object.programs.values()) program.autoload = false
    object.map('hits').pinPath = '/tmp/ebpf-test-hits'
    t.throws(() => object.loadSync(), { code: 'EINVAL', message: /\/tmp\/ebpf-test-hits is not on a bpffs/ })
  })
})
