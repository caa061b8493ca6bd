import test from 'ava'
import { NotSupportedError } from 'ebpf'
import { withoutLibuv } from '../../lib/internal/without-libuv.js'

test('under Bun and Deno what would wait on the event loop is refused by name', (t) => {
  for (const [runtime, name] of [
    ['bun', 'Bun'],
    ['deno', 'Deno'],
  ] as const) {
    const refused = withoutLibuv({ node: '22.0.0', [runtime]: '1.0.0' })
    t.deepEqual(Object.keys(refused), ['openRingBuffer', 'openPerfBuffer', 'openUserRingBuffer', 'openNetlink'])
    const error = t.throws(() => refused.openRingBuffer?.(), { instanceOf: NotSupportedError, code: 'ENOTSUP' })
    t.regex(error?.message ?? '', new RegExp(`open ring buffer.*Node\\.js.*${name}`))
  }
})

test('Node.js keeps all of the addon', (t) => {
  t.deepEqual(withoutLibuv(process.versions), {})
})
