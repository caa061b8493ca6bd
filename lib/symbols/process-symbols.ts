import { readFileSync } from 'node:fs'
import { requireBigint, show } from '../arguments.js'
import { requireLinux } from '../internal/require-linux.js'
import { systemError } from '../internal/system-error.js'
import { shareClass } from '../shared-class.js'
import { ElfSymbols } from './elf-symbols.js'

/** A frame in a process, as far as it can be told. */
export interface UserFrame {
  readonly address: bigint
  /** The mapped file's path as the process sees it, or `[vdso]`; undefined for anonymous memory. */
  readonly file: string | undefined
  /** Bytes from the start of the file. */
  readonly fileOffset: number | undefined
  readonly buildId: string | undefined
  /** The function's name as the symbol table has it, mangled. */
  readonly name: string | undefined
  /** Bytes from the function's start. */
  readonly offset: number | undefined
}

interface Mapping {
  readonly start: bigint
  readonly end: bigint
  readonly fileOffset: number
  readonly file: string | undefined
}

/**
 * Names the functions of a process that is running: by /proc/PID/maps as it is now and the symbol tables of the files in it, each
 * of which is read once.
 */
export class ProcessSymbols {
  readonly pid: number
  readonly #mappings: readonly Mapping[]
  readonly #files = new Map<string, ElfSymbols | undefined>()

  /** @throws {BpfError} ENOENT when there is no such process. */
  constructor(pid: number) {
    if (!Number.isInteger(pid) || pid < 1) throw new RangeError(`a process id is a positive integer, not ${show(pid)}`)
    requireLinux(`read /proc/${pid}/maps`)
    this.pid = pid
    this.#mappings = parseMaps(readMaps(pid))
  }

  resolve(address: bigint): UserFrame {
    requireBigint(address, 'address')
    const mapping = this.#mappings.find(({ start, end }) => address >= start && address < end)
    const unknown = {
      address,
      file: mapping?.file,
      fileOffset: undefined,
      buildId: undefined,
      name: undefined,
      offset: undefined,
    }
    if (!mapping?.file?.startsWith('/')) return unknown
    const fileOffset = Number(address - mapping.start) + mapping.fileOffset
    const symbols = this.#symbols(mapping.file)
    const symbol = symbols?.resolve(fileOffset)
    return { ...unknown, fileOffset, buildId: symbols?.buildId, name: symbol?.name, offset: symbol?.offset }
  }

  #symbols(file: string): ElfSymbols | undefined {
    if (!this.#files.has(file)) this.#files.set(file, this.#read(file))
    return this.#files.get(file)
  }

  /** In the process's own root, which a container's differs in. A file that is gone or unreadable names nothing. */
  #read(file: string): ElfSymbols | undefined {
    for (const path of [`/proc/${this.pid}/root${file}`, file]) {
      try {
        return ElfSymbols.read(path)
      } catch {}
    }
    return undefined
  }
}
shareClass(ProcessSymbols, 'ProcessSymbols')

function readMaps(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/maps`, 'utf8')
  } catch (cause) {
    throw systemError(cause, `read the mappings of process ${pid}`)
  }
}

/** `7f0c1000-7f0c2000 r-xp 00001000 fe:00 1234   /usr/lib/libc.so.6` */
function parseMaps(text: string): Mapping[] {
  return Array.from(text.matchAll(/^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) \S+ \d+ *(.*)$/gm), (match) => {
    const [, start, end, offset, file] = match
    return {
      start: BigInt(`0x${start}`),
      end: BigInt(`0x${end}`),
      fileOffset: Number.parseInt(offset ?? '0', 16),
      file: file ? file.replace(/ \(deleted\)$/, '') : undefined,
    }
  })
}
