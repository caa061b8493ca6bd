import { closeSync } from 'node:fs'
import { requireBigint, requireIterable, show } from '../arguments.js'
import { requireLinux } from '../internal/require-linux.js'
import { shareClass } from '../shared-class.js'
import { ElfSymbols } from './elf-symbols.js'
import { openMapped } from './mapped-file.js'
import { type Mapping, readMappings } from './mappings.js'
import { atOnce, inTurns, type Steps } from './steps.js'

/** A stack frame in a process, as far as it can be resolved. */
export interface UserFrame {
  readonly address: bigint
  /** The mapped file's path as the process sees it, or `[vdso]`; undefined for anonymous memory. */
  readonly file: string | undefined
  /** Bytes from the start of the file. */
  readonly fileOffset: number | undefined
  /** The build id of the file, in hexadecimal. */
  readonly buildId: string | undefined
  /** The function's name as in the symbol table, mangled. */
  readonly name: string | undefined
  /** Bytes from the function's start. */
  readonly offset: number | undefined
}

// A process may have thousands of mapped files, and its stack may point into each of them.
const mostBytes = 256 << 20
const mostFiles = 4096

/**
 * Resolves addresses of a running process to functions. It uses the current /proc/PID/maps and the symbol tables of the mapped files, each
 * read once. Only the mapped files themselves are read, including deleted ones; without CAP_CHECKPOINT_RESTORE and CAP_SYS_ADMIN, only
 * files that are still at their paths. The limits of `ElfSymbols` apply, and a total of 256 MB and 4,096 files: functions of further files
 * have no names.
 */
export class ProcessSymbols {
  /** The id of the process. */
  readonly pid: number
  readonly #mappings: readonly Mapping[]
  readonly #files = new Map<string, ElfSymbols | undefined>()
  #loading: Promise<void> = Promise.resolve()
  #bytes = 0

  /**
   * Reads the mappings of a process.
   *
   * @throws {BpfError} ENOENT if there is no such process; EFBIG if the list of its mappings is longer than 16 MB.
   */
  constructor(pid: number) {
    if (!Number.isInteger(pid) || pid < 1) throw new RangeError(`a process id is a positive integer, not ${show(pid)}`)
    requireLinux(`read /proc/${pid}/maps`)
    this.pid = pid
    this.#mappings = readMappings(pid)
  }

  /**
   * Reads the files that contain these addresses, without blocking the event loop. `resolve` is then fast for them. Otherwise the first
   * address in a large program takes a second or more.
   */
  load(addresses: Iterable<bigint>): Promise<void> {
    const mappings = new Set<Mapping>()
    for (const address of requireIterable(addresses, 'addresses')) {
      const mapping = this.#mappingOf(requireBigint(address, 'an address'))
      if (mapping?.file?.startsWith('/')) mappings.add(mapping)
    }
    const loaded = this.#loading.then(async () => {
      for (const mapping of mappings) {
        const key = keyOf(mapping)
        if (this.#files.has(key)) continue
        const symbols = await inTurns(this.#read(mapping))
        if (!this.#files.has(key)) this.#note(key, symbols)
      }
    })
    this.#loading = loaded.catch(() => {}) // the caller has the failure
    return loaded
  }

  /** Returns the file and the function that contain an address. */
  resolve(address: bigint): UserFrame {
    requireBigint(address, 'address')
    const mapping = this.#mappingOf(address)
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
    const symbols = this.#symbols(mapping)
    const symbol = symbols?.resolve(fileOffset)
    return { ...unknown, fileOffset, buildId: symbols?.buildId, name: symbol?.name, offset: symbol?.offset }
  }

  #mappingOf(address: bigint): Mapping | undefined {
    let from = 0
    let to = this.#mappings.length
    while (from < to) {
      const middle = (from + to) >>> 1
      if ((this.#mappings[middle] as Mapping).start <= address) from = middle + 1
      else to = middle
    }
    const last = this.#mappings[from - 1]
    return last && address < last.end ? last : undefined
  }

  #symbols(mapping: Mapping): ElfSymbols | undefined {
    const key = keyOf(mapping)
    if (!this.#files.has(key)) this.#note(key, atOnce(this.#read(mapping)))
    return this.#files.get(key)
  }

  #note(key: string, symbols: ElfSymbols | undefined): void {
    this.#files.set(key, symbols)
    this.#bytes += symbols?.bytes ?? 0
  }

  /** Undefined for a file that is gone or unreadable. */
  *#read(mapping: Mapping): Steps<ElfSymbols | undefined> {
    if (this.#bytes >= mostBytes || this.#files.size >= mostFiles) return undefined
    const fd = openMapped(this.pid, mapping)
    if (fd === undefined) return undefined
    try {
      return yield* ElfSymbols.readFrom(fd)
    } catch {
      return undefined
    } finally {
      closeSync(fd)
    }
  }
}
shareClass(ProcessSymbols, 'ProcessSymbols')

/** The path is not enough: the file may have been replaced by another one at the same path. */
const keyOf = ({ device, inode, file }: Mapping) => `${device} ${inode} ${file}`
