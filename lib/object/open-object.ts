import { isBytes, type OptionNames, requireOptions, show } from '../arguments.js'
import { codecOptions } from '../btf/codec/options.js'
import { Btf, type CodecOptions } from '../btf/index.js'
import { BpfError } from '../errors.js'
import {
  binding,
  type NativeLogLevel as LogLevel,
  type NativeObject,
  type NativeOpenOptions,
} from '../internal/binding.js'
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

export interface OpenOptions<T extends ObjectTypes = UntypedObject> {
  /**
   * How values are decoded: globals, before and after load, and the keys, values and records of maps, ring buffers and iterators
   * unless their own options say otherwise. `fields` are of globals, each path beginning with a global's name.
   */
  readonly decode?: Decoding<T>
  /** Names an object opened from memory; libbpf prefixes its internal maps with it. Default: the file's name. */
  readonly name?: string
  /** A BTF file to relocate against, for a kernel without `/sys/kernel/btf/vmlinux`. */
  readonly kernelBtf?: Path
  /** Directory on a bpffs for maps that are pinned by name. Default: `/sys/fs/bpf`. */
  readonly pinRoot?: Path
  /** 0 (default) logs only when a program is refused, 1 and 2 always and more, 4 adds statistics. */
  readonly logLevel?: number
  /** Lines like `CONFIG_HZ=250`, which `__kconfig` variables take before the kernel's own configuration. */
  readonly kconfig?: string
  /** Ignores attributes of maps that libbpf does not know. Default: false. */
  readonly relaxedMaps?: boolean
  /** A bpffs to make a BPF token from (Linux 6.9); `''` for none. Default: `/sys/fs/bpf`, where it delegates. */
  readonly tokenPath?: Path
  /**
   * Called with each message of libbpf about this object, debugging ones too, when the call that caused it is done, on the calling
   * thread. What it throws, the call throws. Messages are in the errors' `log` besides; nothing goes to stderr.
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

export type { NativeLogLevel as LogLevel } from '../internal/binding.js'

/**
 * Opens a BPF object: parses its ELF and BTF, which needs no privilege.
 *
 * @typeParam T What the object holds, as `ebpf types` writes it: names are then checked, and values have types.
 * @param source A path, a `file:` URL, or the bytes of an ELF file.
 * @throws {BpfError} ENOENT, or what libbpf says of the file; its messages are in `log`.
 * @throws {TypeError} for an option of decoding that is none, or does not fit a global.
 */
export function open<T extends ObjectTypes = UntypedObject>(
  source: Path | Uint8Array,
  ...[options = {}]: OpenArguments<T>
): OpenObject<T> {
  const from = pathOf(source)
  if (typeof from !== 'string' && !isBytes(from)) {
    throw new TypeError(`an object is opened by its path, a URL or its bytes, not ${show(source)}`)
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
    native.close() // its BTF is one that libbpf takes and the parser does not
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

/** An object that is opened and not yet loaded: its globals, map sizes and choice of programs can still be changed. */
export class OpenObject<T extends ObjectTypes = UntypedObject> extends Handle {
  readonly maps: ReadonlyMap<string, OpenMap>
  readonly programs: ReadonlyMap<string, OpenProgram>
  readonly #native: NativeObject
  readonly #source: string
  // As opened: on loading, libbpf forgets the BTF types of the maps that the kernel takes none for.
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

  /** Initial values of global variables, `const volatile` ones included, by name. */
  get globals(): OpenGlobals<T> {
    return this.#types.globals as OpenGlobals<T>
  }

  /** The object's own types; undefined when it was compiled without `-g`. */
  get btf(): Btf | undefined {
    return this.#types.btf
  }

  /** @throws {RangeError} when the object has no such map. */
  map(name: NameOf<T['maps']>): OpenMap {
    return named(this.maps, name, 'map')
  }

  /** @throws {RangeError} when the object has no such program. */
  program(name: NameOf<T['programs']>): OpenProgram {
    return named(this.programs, name, 'program')
  }

  /**
   * Creates the maps and loads the programs, off the main thread. The open object is used up, also by a failure.
   *
   * @throws {BpfError} EBUSY while another `load` of it is under way, which goes on; ECANCELED when it is closed meanwhile.
   * @throws {VerifierError} with the verifier's log when it refuses a program.
   * @throws {PermissionError} naming the capabilities that are missing.
   */
  async load(): Promise<BpfObject<T>> {
    const withCaller = stackOfCaller(this.load)
    await this.#run('load', withCaller)
    return this.#loaded(this.#objectMaps())
  }

  /** `load` on the calling thread. */
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
   * Relocates the programs and creates the maps, off the main thread; loading the programs is left to the prepared object. The open
   * object is used up, also by a failure. `load` does both.
   *
   * @throws {BpfError} what the kernel says to a map.
   * @throws {PermissionError} naming the capabilities that are missing.
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
   * Makes a loader program of the object as it is configured, off the main thread, as `bpftool gen skeleton -L` does; it needs no
   * privilege. The open object is used up. `runLoader` of the same object, opened anew, in another process or on another machine, does
   * what `load` would have done here. Values of `__kconfig` variables are those of this machine.
   *
   * @throws {BpfError} ENOTSUP for what no loader can do: maps of struct_ops, arenas, pins, maps that are reused or exclusive, targets
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
   * Creates the maps and loads the programs by a loader program that `generateLoader` made of this object, off the main thread. With a
   * signature, the kernel verifies the loader first. The open object, of which nothing may have been set, is used up, also by a failure.
   *
   * @throws {BpfError} ENOKEY, EKEYREJECTED or EBADMSG when the kernel refuses the signature; EINVAL when the loader is of another
   *   object, or refuses its data.
   * @throws {VerifierError} when the verifier refuses a program, or the loader itself.
   * @throws {NotSupportedError} before Linux 5.14; with a signature before 6.18, or where the kernel was built without
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

  /** One step at a time, which uses the object up. */
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

  /** A step that is under way is another caller's, and goes on. */
  #requireIdle(verb: ObjectStep): void {
    if (this.#isPrepared) {
      const message = `the object ${this.#source} is prepared already: load what prepare() returned`
      throw new BpfError({ code: 'EINVAL', errno: 22, operation: `${verb} ${this.#source}`, message })
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

  /** An older kernel says no more than E2BIG to a map that is to be exclusive. */
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

/** Read anew when a section of globals is resized. */
function typesOf(native: NativeObject, { maps }: Described, decode: CodecOptions): Types {
  const bytes = native.btf()
  const btf = bytes && Btf.parse(bytes)
  return { btf, globals: globalsOf(native, btf, maps, decode) }
}
