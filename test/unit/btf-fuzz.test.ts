import test from 'ava'
import { Btf, BtfError, type CodecOptions, compileCodec, describeType } from 'ebpf/btf'
import { elfSection } from '../helpers/elf.js'
import { fixture } from '../helpers/fixture.js'
import { Random, seedOfRun } from '../helpers/random.js'

const rounds = 20_000
const original = elfSection(fixture('types'), '.BTF')
const view = new DataView(new ArrayBuffer(1 << 16))

/** Uses all there is of it. Only a size that the view can hold is decoded: 4 GiB of zeros are as well-formed as one. */
function exercise(bytes: Uint8Array, random: Random): void {
  const btf = Btf.parse(bytes)
  btf.dataSections()
  btf.findByName('nested')
  for (let i = 0; i < 4; i++) {
    const id = random.below(btf.typeCount)
    tolerate(() => btf.type(id))
    tolerate(() => btf.sizeOf(id))
    tolerate(() => describeType(btf, id))
    tolerate(() => {
      const codec = compileCodec(btf, id)
      if (codec.size <= view.byteLength) codec.decode(view, 0, codec.size)
    })
  }
}

const options: CodecOptions = {
  int64: 'number',
  charArrays: 'string',
  enums: 'name',
  addresses: 'text',
  types: { point: 'bytes', __be32: 'ipv4' },
}
/** What decoding with every option and writing types may refuse besides what is no BTF: a value, a format. */
function exerciseOptions(bytes: Uint8Array, random: Random): void {
  const btf = Btf.parse(bytes)
  try {
    const codec = compileCodec(btf, random.below(btf.typeCount), options)
    if (codec.size <= view.byteLength) codec.decode(view, 0, codec.size)
  } catch (error) {
    const formatRefused = error instanceof TypeError && /cannot be decoded as|the BTF has no type/.test(error.message)
    if (!formatRefused) throw error
  }
}

function tolerate(run: () => unknown): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof BtfError)) throw error
  }
}

function mutate(random: Random): Uint8Array {
  const bytes = original.slice(0, random.below(20) === 0 ? random.below(original.length) : original.length)
  for (let i = random.below(4); i >= 0 && bytes.length > 0; i--) {
    const at = random.below(bytes.length)
    const old = bytes[at] ?? 0
    bytes[at] = random.pick([random.below(256), old ^ (1 << random.below(8)), 0, 0xff, old + 1])
  }
  return bytes
}

test(`${rounds} mutations of real BTF throw nothing but BtfError`, (t) => {
  const seed = seedOfRun(20_250_601)
  const random = new Random(seed)
  for (let round = 0; round < rounds; round++) {
    const bytes = mutate(random)
    try {
      tolerate(() => exercise(bytes, random))
      tolerate(() => exerciseOptions(bytes, random))
    } catch (error) {
      t.log(`SEED=${seed}, round ${round}: ${Buffer.from(bytes).toString('base64')}`)
      throw error
    }
  }
  t.pass()
})
