import { writeFileSync } from 'node:fs'

interface Machine {
  /** EM_* of elf.h. */
  readonly elf: number
  /** Puts `value` in a register, does nothing at `probe`, and exits. */
  readonly code: (value: number) => { readonly bytes: Buffer; readonly probe: number }
  /** That register, as in the note of the probe. */
  readonly register: string
}

const words = (...values: number[]) => Buffer.concat(values.map((value) => little(value, 4)))

const machines: Readonly<Record<string, Machine>> = {
  x64: {
    elf: 62,
    // mov esi, value; nop; mov eax, 60; xor edi, edi; syscall
    code: (value) => ({
      bytes: Buffer.concat([Buffer.of(0xbe), little(value, 4), Buffer.from('90b83c00000031ff0f05', 'hex')]),
      probe: 5,
    }),
    register: '%rsi',
  },
  arm64: {
    elf: 183,
    // mov x1, value; nop; mov x0, 0; mov x8, 93; svc 0
    code: (value) => ({
      bytes: words(0xd2800001 + value * 32, 0xd503201f, 0xd2800000, 0xd2800ba8, 0xd4000001),
      probe: 4,
    }),
    register: 'x1',
  },
}

const start = 0x400000
const header = 64
const programHeader = 56

/**
 * Writes a program with one USDT probe, `ebpf:run`, whose argument is `value`, of at most 16 bits. It is what
 * `DTRACE_PROBE1` of <sys/sdt.h> produces, without a compiler
 * (https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation). `location` sets another location for the
 * argument. It is written as given, without a trailing 0 if `unterminated`.
 */
export function writeUsdtProgram(
  path: string,
  value: number,
  { location, unterminated = false }: { readonly location?: string; readonly unterminated?: boolean } = {},
): void {
  const machine = machines[process.arch]
  if (!machine) throw new Error(`no program is known for ${process.arch}`)
  const { bytes, probe } = machine.code(value)
  const code = header + programHeader
  const note = stapsdt(start + code + probe, ['ebpf', 'run', location ?? `8@${machine.register}`], unterminated)
  const names = Buffer.from('\0.text\0.note.stapsdt\0.shstrtab\0')
  const noteAt = align(code + bytes.length)
  const namesAt = noteAt + note.length
  const sectionsAt = align(namesAt + names.length)

  const file = Buffer.alloc(sectionsAt + 4 * 64)
  const put = (at: number, part: Buffer) => part.copy(file, at)
  put(0, Buffer.from('7f454c46020101', 'hex'))
  // ET_EXEC, machine, version; entry, program headers, section headers; flags, sizes and numbers
  put(16, Buffer.concat([little(2, 2), little(machine.elf, 2), little(1, 4)]))
  put(24, Buffer.concat([little(start + code, 8), little(header, 8), little(sectionsAt, 8), little(0, 4)]))
  put(52, Buffer.concat([header, programHeader, 1, 64, 4, 3].map((number) => little(number, 2))))
  // PT_LOAD, readable and executable: the file up to the end of the code
  const length = little(code + bytes.length, 8)
  put(
    header,
    Buffer.concat([
      little(1, 4),
      little(5, 4),
      little(0, 8),
      little(start, 8),
      little(start, 8),
      length,
      length,
      little(4096, 8),
    ]),
  )
  put(code, bytes)
  put(noteAt, note)
  put(namesAt, names)
  // SHT_PROGBITS with SHF_ALLOC and SHF_EXECINSTR, SHT_NOTE, SHT_STRTAB; the first section is the null section
  put(sectionsAt + 64, section({ name: 1, type: 1, flags: 6, address: start + code, at: code, size: bytes.length }))
  put(sectionsAt + 128, section({ name: 7, type: 7, flags: 0, address: 0, at: noteAt, size: note.length }))
  put(sectionsAt + 192, section({ name: 21, type: 3, flags: 0, address: 0, at: namesAt, size: names.length }))
  writeFileSync(path, file, { mode: 0o755 })
}

/** Location, base and semaphore, then provider, name and arguments. */
function stapsdt(location: number, strings: readonly string[], unterminated: boolean): Buffer {
  const content = Buffer.concat([
    ...[location, 0, 0].map((address) => little(address, 8)),
    Buffer.from(strings.join('\0') + (unterminated ? '' : '\0')),
  ])
  const padded = Buffer.concat([content, Buffer.alloc(-content.length & 3)])
  return Buffer.concat([little(8, 4), little(content.length, 4), little(3, 4), Buffer.from('stapsdt\0'), padded])
}

type Section = Record<'name' | 'type' | 'flags' | 'address' | 'at' | 'size', number>

const section = ({ name, type, flags, address, at, size }: Section) =>
  Buffer.concat([
    ...[little(name, 4), little(type, 4)],
    ...[flags, address, at, size].map((number) => little(number, 8)),
    // link, info, alignment, size of an entry
    ...[little(0, 8), little(4, 8), little(0, 8)],
  ])

function little(value: number, bytes: 2 | 4 | 8): Buffer {
  const buffer = Buffer.alloc(8)
  buffer.writeBigUInt64LE(BigInt(value))
  return buffer.subarray(0, bytes)
}

const align = (offset: number) => (offset + 7) & ~7
