import { readFileSync } from 'node:fs'
import test from 'ava'
import { BpfError } from '../../lib/errors.js'
import { binding } from '../../lib/internal/binding.js'
import { kinds, refer, type TypeInFile, typesIn } from '../helpers/elf-btf.js'
import { findSection } from '../helpers/elf-section.js'
import { fixture } from '../helpers/fixture.js'

/** An object's types say where its variables are and of what kind. Anyone may have written them, and libbpf follows them. */
function change(name: string, edit: (file: Buffer, find: (kind: number, name?: string) => TypeInFile) => void): Buffer {
  const file = readFileSync(fixture(name))
  const types = typesIn(file)
  edit(file, (kind, name) => {
    const found = types.find((type) => type.kind === kind && (name === undefined || type.name === name))
    if (!found) throw new Error(`there is no type ${name} of kind ${kind}`)
    return found
  })
  return file
}

test('a map whose type is a typedef of itself is refused', (t) => {
  const file = change('maps', (file, find) => {
    const circle = find(kinds.typedef, '__u32')
    refer(file, circle, circle)
    const [map] = typesIn(file).filter(({ kind, name }) => kind === kinds.var && name !== 'LICENSE')
    if (map) refer(file, map, circle)
  })
  t.throws(() => binding.openObject(file, {}), { instanceOf: BpfError, code: 'EINVAL' })
})

test('a __kconfig variable whose type is a struct that holds itself is refused', (t) => {
  const file = change('kconfig', (file, find) => {
    const circle = find(kinds.struct)
    file.writeUInt32LE(circle.id, circle.at + 12 + 4)
    refer(file, find(kinds.var, 'CONFIG_OF_THE_TEST'), circle)
  })
  t.throws(() => binding.openObject(file, {}), {
    instanceOf: BpfError,
    message: /CONFIG_OF_THE_TEST': type is unsupported/,
  })
})

test('a member of a struct_ops type that lies outside of it is refused', (t) => {
  for (const offset of [0x7fff_fff8, 0xffff_fff8, 2 ** 20 * 8]) {
    const file = change('struct_ops', (file, find) => {
      const { at, count } = find(kinds.struct, 'tcp_congestion_ops')
      file.writeUInt32LE(offset, at + 12 + (count - 1) * 12 + 8)
    })
    t.throws(() => binding.openObject(file, {}), {
      instanceOf: BpfError,
      code: 'EINVAL',
      message: /member \w+ of struct tcp_congestion_ops is beyond its end/,
    })
  }
})

test('maps in a section without bytes are refused', (t) => {
  const file = readFileSync(fixture('maps'))
  // SHT_NOBITS
  file.writeUInt32LE(8, findSection(file, '.maps').header + 4)
  t.throws(() => binding.openObject(file, {}), { instanceOf: BpfError, code: 'LIBBPF_ERRNO__FORMAT' })
})
