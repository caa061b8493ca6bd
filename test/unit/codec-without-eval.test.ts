import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import test from 'ava'
import { BtfBuilder } from '../helpers/btf-builder.js'

const run = promisify(execFile)

const script = `
import { Btf, compileCodec } from 'ebpf/btf'
let refused = false
try { new Function('') } catch { refused = true }
const btf = Btf.parse(Buffer.from(process.argv[1], 'base64'))
const codec = compileCodec(btf, btf.findByName('s').id)
const view = new DataView(Uint8Array.of(1, 2, 3, 4).buffer)
console.log(JSON.stringify({ refused, value: codec.decode(view, 0), same: codec.over(view)(0, 4) }))
`

test('a codec works where node may not generate code from strings', async (t) => {
  const b = new BtfBuilder()
  const u16 = b.int('unsigned short', 2)
  b.record('struct', 's', 4, [
    { name: 'a', type: u16, at: 0 },
    { name: 'b', type: u16, at: 16 },
  ])
  const btf = Buffer.from(b.bytes()).toString('base64')
  const { stdout } = await run(process.execPath, [
    '--disallow-code-generation-from-strings',
    '--input-type=module',
    '--eval',
    script,
    btf,
  ])
  t.deepEqual(JSON.parse(stdout), { refused: true, value: { a: 0x0201, b: 0x0403 }, same: { a: 0x0201, b: 0x0403 } })
})
