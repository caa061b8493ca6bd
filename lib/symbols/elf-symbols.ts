import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { requireBytes, requireInteger, requireText } from '../arguments.js'
import { viewOf } from '../internal/view-of.js'
import { type Path, pathOf } from '../path.js'
import { shareClass } from '../shared-class.js'
import { ElfFile, type Segment } from './elf-file.js'
import { FunctionTable } from './function-table.js'
import { atOnce, inTurns, type Steps } from './steps.js'

/** A function and an offset in it. */
export interface FunctionSymbol {
  readonly name: string
  /** Bytes from the function's start. */
  readonly offset: number
}

const noteSegment = 4
const largestNote = 65_536
const mostNotes = 16

/**
 * The functions of an ELF file, from .symtab and .dynsym, and its build id. A malformed file is not an error: whatever can be read is used,
 * and garbage has no functions. Because the file may come from anyone, the work is bounded: functions have no names if their symbol table
 * is larger than 48 MB, if the tables and their names together are larger than 200 MB, or if one of them has a hole. Names are cut at
 * 64 kB. A file with a million functions takes a second or more; `readAsync` does not block the event loop meanwhile.
 */
export class ElfSymbols {
  /** The build id in hexadecimal; undefined if the file has none. */
  readonly buildId: string | undefined
  readonly #functions: FunctionTable

  private constructor(buildId: string | undefined, functions: FunctionTable) {
    this.buildId = buildId
    this.#functions = functions
  }

  /** Reads a file; undefined if it is not an ELF file of 64 or 32 bits. @throws if the file cannot be opened or read. */
  static read(path: Path): ElfSymbols | undefined {
    return atOnce(ElfSymbols.#readPath(requireText(pathOf(path), 'path')))
  }

  /** Does the same as `read`, but never blocks the event loop for longer than about 10 ms. */
  static async readAsync(path: Path): Promise<ElfSymbols | undefined> {
    return inTurns(ElfSymbols.#readPath(requireText(pathOf(path), 'path')))
  }

  /** @internal Reads an open file, which stays open. */
  static *readFrom(fd: number): Steps<ElfSymbols | undefined> {
    // Node 20's fstatSync ends the process for some values that are not numbers.
    const file = elfOf(requireInteger(fd, 'fd'))
    return file && (yield* ElfSymbols.#of(file))
  }

  /** Parses the bytes of a file; undefined if it is not an ELF file of 64 or 32 bits. */
  static parse(bytes: Uint8Array): ElfSymbols | undefined {
    requireBytes(bytes, 'bytes')
    const file = ElfFile.of((offset, size) => Buffer.from(bytes.subarray(offset, offset + size)), bytes.length)
    return file && atOnce(ElfSymbols.#of(file))
  }

  static *#readPath(path: string): Steps<ElfSymbols | undefined> {
    const fd = openRegular(path)
    if (fd === undefined) return undefined
    try {
      return yield* ElfSymbols.readFrom(fd)
    } finally {
      closeSync(fd)
    }
  }

  static *#of(file: ElfFile): Steps<ElfSymbols> {
    const segments = file.segments()
    return new ElfSymbols(buildIdOf(file, segments), yield* FunctionTable.read(file, segments))
  }

  /** The number of functions. */
  get size(): number {
    return this.#functions.count
  }

  /** @internal How many bytes of memory it uses. */
  get bytes(): number {
    return this.#functions.bytes
  }

  /** Returns the function that contains the byte at an offset in the file. */
  resolve(fileOffset: number): FunctionSymbol | undefined {
    return this.#functions.resolve(fileOffset)
  }

  /** @internal The names of all functions. */
  functionNames(): Iterable<string> {
    return this.#functions.names()
  }
}
shareClass(ElfSymbols, 'ElfSymbols')

/** Opens a file while `use` runs, and passes undefined to `use` if it is not a regular ELF file. */
export function withElf<T>(path: string, use: (file: ElfFile | undefined) => T): T {
  const fd = openRegular(path)
  if (fd === undefined) return use(undefined)
  try {
    return use(elfOf(fd))
  } finally {
    closeSync(fd)
  }
}

/** Undefined if it is not a regular file: opening a device may have effects, and opening a pipe would wait for its writer. */
function openRegular(path: string): number | undefined {
  return statSync(path).isFile() ? openSync(path, constants.O_RDONLY | constants.O_NONBLOCK) : undefined
}

function elfOf(fd: number): ElfFile | undefined {
  const status = fstatSync(fd)
  return status.isFile() ? ElfFile.of((offset, size) => readAt(fd, offset, size), status.size) : undefined
}

/** The note of type NT_GNU_BUILD_ID (3), in hexadecimal. */
function buildIdOf(file: ElfFile, segments: readonly Segment[]): string | undefined {
  for (const segment of segments.filter(({ type }) => type === noteSegment).slice(0, mostNotes)) {
    const bytes = file.bytes(segment.offset, Math.min(segment.fileSize, largestNote), largestNote)
    if (!bytes) continue
    const notes = viewOf(bytes)
    for (let at = 0; at + 12 <= bytes.length; ) {
      const [nameSize, size, type] = [file.u32(notes, at), file.u32(notes, at + 4), file.u32(notes, at + 8)]
      const content = at + 12 + align4(nameSize)
      if (type === 3 && bytes.toString('latin1', at + 12, at + 15) === 'GNU' && content + size <= bytes.length) {
        return bytes.toString('hex', content, content + size)
      }
      at = content + align4(size)
    }
  }
  return undefined
}

const align4 = (size: number) => Math.ceil(size / 4) * 4

function readAt(fd: number, offset: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size)
  let got = 0
  while (got < size) {
    const count = readSync(fd, bytes, got, size - got, offset + got)
    if (count === 0) break
    got += count
  }
  return bytes.subarray(0, got)
}
