import { isBytes, type OptionNames, requireOptions, show } from '../arguments.js'
import { codecOptions } from '../btf/codec/options.js'
import { Btf, type CodecOptions } from '../btf/index.js'
import { binding, type LogLevel, type NativeObject, type NativeOpenOptions } from '../internal/binding.js'
import { bpfError } from '../internal/bpf-error.js'
import { stackOfCaller } from '../internal/caller.js'
import { Handle } from '../internal/lifetime.js'
import { type ObjectStep, objectBusy } from '../internal/object-busy.js'
import { requiring, requiringAsync } from '../kernel/features.js'
import { type Path, pathOf } from '../path.js'
import { shareClass } from '../shared-class.js'
import { BpfObject, type Described } from './bpf-object.js'
import { explainLoad, explainOpen } from './explain.js'
import { type Globals, globalsOf } from './globals.js'
import {
  generateLoader,
  type Loader,
  type LoaderOptions,
  loaderRun,
  type RunLoaderOptions,
  runLoader,
} from './loader.js'
import { ObjectMaps } from './maps.js'
import { named } from './named.js'
import { OpenMap } from './open-map.js'
import { OpenProgram } from './open-program.js'
import { PreparedObject } from './prepared-object.js'
import type { Decoding, NameOf, ObjectTypes, OpenArguments, OpenGlobals, UntypedObject } from './types.js'

/** How `open` opens an object. */
export interface OpenOptions<T extends ObjectTypes = UntypedObject> {
  /**
   * How values are decoded. It applies to globals, before and after load, and is the default for the keys, values and records of maps,
   * ring buffers and iterators, whose own options override it. `fields` only applies to globals: each path begins with a global's name.
   */
  readonly decode?: Decoding<T>
  /** The name of an object opened from memory; libbpf prefixes the names of its internal maps with it. Default: the file's name. */
  readonly name?: string
  /** The path of a BTF file to relocate against, for a kernel without `/sys/kernel/btf/vmlinux`. */
  readonly kernelBtf?: Path
  /** The directory, on a bpffs, for maps that are pinned by name. Default: `/sys/fs/bpf`. */
  readonly pinRoot?: Path
  /** The verifier's log level: 0 logs only if a program is rejected, 1 and 2 always and in more detail, 4 adds statistics. Default: 0. */
  readonly logLevel?: number
  /** Lines such as `CONFIG_HZ=250`, which for `__kconfig` variables override the kernel's own configuration. */
  readonly kconfig?: string
  /** Ignores map attributes that libbpf does not know. Default: false. */
  readonly relaxedMaps?: boolean
  /** The bpffs from which to create a BPF token (Linux 6.9); `''` for no token. Default: `/sys/fs/bpf`, if it delegates. */
  readonly tokenPath?: Path
  /**
   * Called with each of libbpf's messages about this object, including debug messages, on the calling thread when the call that caused
   * them is done. That call throws what this function throws. Messages are also in the `log` of errors; nothing goes to stderr.
   */
  readonly onLog?: (level: LogLevel, message: string) => void
}

const openOptions: OptionNames<OpenOptions> = {
  decode: true,
  name: true,
  kernelBtf: true,
  pinRoot: true,
  logLevel: true,
  kconfig: true,
  relaxedMaps: true,
  tokenPath: true,
  onLog: true,
}

export type { LogLevel } from '../internal/binding.js'

/**
 * Opens a BPF object file: parses its ELF and BTF. This needs no privileges.
 *
 * @typeParam T The object's type, as `ebpf types` writes it: names are then checked, and values are typed.
 * @param source A path, a `file:` URL, or the bytes of an ELF file.
 * @throws {BpfError} ENOENT, or libbpf's error for the file; its messages are in `log`.
 * @throws {TypeError} for a decoding option that does not exist, or does not fit a global.
 *
 * @example
 * ```ts
 * import { open } from 'ebpf'
 *
 * const object = open('count.bpf.o')
 * object.map('counts').maxEntries = 65_536
 * console.log([...object.programs.keys()])
 * ```
 */
export function open<T extends ObjectTypes = UntypedObject>(
  source: Path | Uint8Array,
  ...[options = {}]: OpenArguments<T>
): OpenObject<T> {
  const from = pathOf(source)
  if (typeof from !== 'string' && !isBytes(from)) {
    throw new TypeError(`source must be a path, a URL or the bytes of an object, not ${show(source)}`)
  }
  const { decode = {}, kernelBtf, pinRoot, tokenPath, ...rest }: OpenOptions = requireOptions(options, openOptions)
  requireOptions(decode, codecOptions, 'decode')
  const native = openNative(from, {
    ...rest,
    ...(kernelBtf !== undefined && { kernelBtf: pathOf(kernelBtf) }),
    ...(pinRoot !== undefined && { pinRoot: pathOf(pinRoot) }),
    ...(tokenPath !== undefined && { tokenPath: pathOf(tokenPath) }),
  })
  try {
    return new OpenObject<T>(native, typeof from === 'string' ? from : (rest.name ?? 'a buffer'), decode)
  } catch (error) {
    native.close() // libbpf accepts its BTF, but the parser does not
    throw error
  }
}

function openNative(source: string | Uint8Array, options: NativeOpenOptions): NativeObject {
  try {
    return binding.openObject(source, options)
  } catch (error) {
    throw explainOpen(error)
  }
}

/** An object that is open but not yet loaded: its globals, map sizes and choice of programs can still be changed. */
export class OpenObject<T extends ObjectTypes = UntypedObject> extends Handle {
  /** All maps by name, including those of globals and of struct_ops. */
  readonly maps: ReadonlyMap<string, OpenMap>
  /** All programs by C name. */
  readonly programs: ReadonlyMap<string, OpenProgram>
  readonly #native: NativeObject
  readonly #source: string
  // As opened: on loading, libbpf drops the BTF types of maps for which the kernel accepts none.
  readonly #described: Described
  readonly #decode: CodecOptions
  #types: Types
  #step: ObjectStep | undefined
  #isPrepared = false

  /** @internal */
  constructor(native: NativeObject, source: string, decode: CodecOptions) {
    const described = { maps: native.maps(), programs: native.programs() }
    const types = typesOf(native, described, decode)
    super(native, `the object ${source}`)
    this.#native = native
    this.#source = source
    this.#described = described
    this.#decode = decode
    this.#types = types
    const onResize = () => {
      this.#types = typesOf(native, described, decode)
    }
    const programIndex = new Map(described.programs.map(({ name }, index) => [name, index]))
    this.maps = new Map(
      described.maps.map((map, index) => [map.name, new OpenMap(native, index, map, onResize, programIndex)]),
    )
    this.programs = new Map(
      described.programs.map((program, index) => [program.name, new OpenProgram(native, index, program)]),
    )
  }

  /** The initial values of global variables by name, including `const volatile` ones. */
  get globals(): OpenGlobals<T> {
    return this.#types.globals as OpenGlobals<T>
  }

  /** The object's own types; undefined if it was compiled without `-g`. */
  get btf(): Btf | undefined {
    return this.#types.btf
  }

  /** Returns the map of that name. @throws {RangeError} if the object has no such map. */
  map(name: NameOf<T['maps']>): OpenMap {
    return named(this.maps, name, 'map')
  }

  /** Returns the program of that name. @throws {RangeError} if the object has no such program. */
  program(name: NameOf<T['programs']>): OpenProgram {
    return named(this.programs, name, 'program')
  }

  /**
   * Creates the maps and loads the programs, off the main thread. The open object cannot be used afterwards, even if loading fails.
   *
   * @throws {BpfError} EBUSY while another `load` of it is in progress, which continues; ECANCELED if the object is closed meanwhile.
   * @throws {VerifierError} with the verifier's log, if it rejects a program.
   * @throws {PermissionError} naming the missing capabilities.
   *
   * @example
   * ```ts
   * import { open, VerifierError } from 'ebpf'
   *
   * try {
   *   using bpf = await open('count.bpf.o').load()
   *   using _link = bpf.program('on_sys_enter').attach()
   * } catch (error) {
   *   if (error instanceof VerifierError) console.error(error.log)
   *   throw error
   * }
   * ```
   */
  async load(): Promise<BpfObject<T>> {
    const withCaller = stackOfCaller(this.load)
    await this.#run('load', withCaller)
    return this.#loaded(this.#objectMaps())
  }

  /** Same as `load`, but on the calling thread. */
  loadSync(): BpfObject<T> {
    this.#requireIdle('load')
    try {
      this.#call(() => this.#native.loadSync())
    } catch (error) {
      this.close()
      throw explainLoad(error, this.#described.programs, this.maps)
    }
    return this.#loaded(this.#objectMaps())
  }

  /**
   * Relocates the programs and creates the maps, off the main thread; the returned object then loads the programs. `load` does both. The
   * open object cannot be used afterwards, even if preparing fails.
   *
   * @throws {BpfError} the kernel's error for a map.
   * @throws {PermissionError} naming the missing capabilities.
   */
  async prepare(): Promise<PreparedObject<T>> {
    const withCaller = stackOfCaller(this.prepare)
    await this.#run('prepare', withCaller)
    this.#isPrepared = true
    this.disown()
    const maps = this.#objectMaps()
    return new PreparedObject<T>(this.#native, this.#source, maps, {
      load: async () => {
        await this.#native.load()
        return this.#loaded(maps)
      },
      loadSync: () => {
        this.#native.loadSync()
        return this.#loaded(maps)
      },
      explain: (error) => explainLoad(error, this.#described.programs, this.maps),
    })
  }

  /**
   * Generates a loader program from the object as configured, off the main thread, as `bpftool gen skeleton -L` does. It needs no
   * privileges. The open object cannot be used afterwards. If you open the same object again, in another process or on another machine,
   * its `runLoader` does what `load` would have done here. `__kconfig` variables keep the values of this machine.
   *
   * @throws {BpfError} ENOTSUP for what a loader cannot do: struct_ops maps, arenas, pinned, reused or exclusive maps, attach targets
   *   that were set; E2BIG for more than 64 maps or 32 programs and functions.
   */
  async generateLoader(options: LoaderOptions = {}): Promise<Loader> {
    const withCaller = stackOfCaller(this.generateLoader)
    return this.#exclusively('generateLoader', async () => {
      const loader = await generateLoader(this.#native, options)
      this.disown()
      return loader
    }).catch((error: unknown) => {
      throw withCaller(error)
    })
  }

  /**
   * Creates the maps and loads the programs with a loader program that `generateLoader` made from this object, off the main thread. With
   * a signature, the kernel verifies the loader first. Nothing may have been set on the open object, which cannot be used afterwards,
   * even if the loader fails.
   *
   * @throws {BpfError} ENOKEY, EKEYREJECTED or EBADMSG if the kernel refuses the signature; EINVAL if the loader belongs to another
   *   object, or refuses its data.
   * @throws {VerifierError} if the verifier rejects a program, or the loader itself.
   * @throws {NotSupportedError} before Linux 5.14; with a signature before 6.18, or if the kernel was built without
   *   CONFIG_SYSTEM_DATA_VERIFICATION.
   */
  async runLoader(loader: Loader, options: RunLoaderOptions = {}): Promise<BpfObject<T>> {
    const withCaller = stackOfCaller(this.runLoader)
    const indices = new Map(this.#described.programs.map(({ name }, index) => [name, index]))
    const run = loaderRun(loader, options, (name) => named(indices, name, 'program'))
    return this.#exclusively('runLoader', async () => {
      await runLoader(this.#native, run, options.keyring ?? 'session')
      return this.#loaded(this.#objectMaps())
    }).catch((error: unknown) => {
      throw withCaller(error)
    })
  }

  /** Runs one step at a time; the object cannot be used afterwards. */
  async #exclusively<R>(verb: ObjectStep, step: () => Promise<R>): Promise<R> {
    this.#requireIdle(verb)
    this.#step = verb
    try {
      return await step()
    } catch (error) {
      this.close()
      throw error
    } finally {
      this.#step = undefined
    }
  }

  async #run(verb: 'load' | 'prepare', withCaller: (error: unknown) => unknown): Promise<void> {
    this.#requireIdle(verb)
    this.#step = verb
    try {
      await this.#callAsync(() => this.#native[verb]())
    } catch (error) {
      this.close()
      throw withCaller(explainLoad(error, this.#described.programs, this.maps))
    } finally {
      this.#step = undefined
    }
  }

  /** Throws if a step is in progress: it belongs to another caller and continues. */
  #requireIdle(verb: ObjectStep): void {
    if (this.#isPrepared) {
      const message = `the object ${this.#source} is already prepared: load what prepare() returned`
      throw bpfError('EINVAL', `${verb} ${this.#source}`, message)
    }
    if (this.#step !== undefined) throw objectBusy(this.#source, verb, this.#step)
  }

  #objectMaps(): ObjectMaps {
    return new ObjectMaps(this.#native, this.btf, this.#described.maps, this.#decode)
  }

  #loaded(maps: ObjectMaps): BpfObject<T> {
    this.disown()
    return new BpfObject<T>(this.#native, this.#source, this.btf, this.#described, this.#decode, maps)
  }

  /** For an exclusive map, an older kernel only returns E2BIG. */
  #call(operation: () => void): void {
    if (this.#hasExclusiveMap()) requiring('exclusive_map', operation)
    else operation()
  }

  async #callAsync(operation: () => Promise<void>): Promise<void> {
    await (this.#hasExclusiveMap() ? requiringAsync('exclusive_map', operation) : operation())
  }

  #hasExclusiveMap(): boolean {
    return [...this.maps.values()].some(({ exclusiveProgram }) => exclusiveProgram !== undefined)
  }
}
shareClass(OpenObject, 'OpenObject')

interface Types {
  readonly btf: Btf | undefined
  readonly globals: Globals
}

/** Called again when a section of globals is resized. */
function typesOf(native: NativeObject, { maps }: Described, decode: CodecOptions): Types {
  const bytes = native.btf()
  const btf = bytes && Btf.parse(bytes)
  return { btf, globals: globalsOf(native, btf, maps, decode) }
}
