import { inspect } from 'node:util'
import { type OptionNames, requireFd, requireNumber, requireOptions, requireText } from '../arguments.js'
import type { NativeObject, NativeProgramDescription, NativeProgramSettings } from '../internal/binding.js'
import { typeName, typeNumber } from '../kernel/type-names.js'
import { printable } from '../printable.js'
import { shareClass } from '../shared-class.js'
import { explainTarget } from './explain.js'

/** The target of a tracing program or an extension: a function of a loaded program. */
export interface AttachTarget {
  /** The loaded program that contains the function. */
  readonly program: { readonly fd: number }
  /** The name of the function. Default: the name in the section, `freplace/NAME`. */
  readonly function?: string
}

const targetNames: OptionNames<AttachTarget> = { program: true, function: true }

/** A program of an object that is not loaded yet. After `load`, setting a property throws EBUSY. */
export class OpenProgram {
  readonly #native: NativeObject
  readonly #index: number
  /** The C name of the program. */
  readonly name: string
  /** The ELF section, which says what the program attaches to. */
  readonly section: string
  #now: NativeProgramDescription

  /** @internal */
  constructor(native: NativeObject, index: number, description: NativeProgramDescription) {
    this.#native = native
    this.#index = index
    this.name = description.name
    this.section = description.section
    this.#now = description
  }

  /** Whether `load` loads the program. */
  get autoload(): boolean {
    return this.#now.autoload
  }

  set autoload(on: boolean) {
    this.#native.setAutoload(this.#index, on)
    this.#refresh()
  }

  /** Whether `attach` of the whole object attaches the program. */
  get autoattach(): boolean {
    return this.#now.autoattach
  }

  set autoattach(autoattach: boolean) {
    this.#set({ autoattach })
  }

  /** The type's name in libbpf and bpftool, such as `sched_cls`; for one that is newer than this package, `program type` and its number. */
  get type(): string {
    return typeName('program', this.#now.type)
  }

  set type(type: string) {
    this.#set({ type: typeNumber('program', requireText(type, 'type')) })
  }

  /** The type as a number, BPF_PROG_TYPE_*. It may be one that is newer than this package. */
  get typeId(): number {
    return this.#now.type
  }

  set typeId(type: number) {
    this.#set({ type: typeNumber('program', requireNumber(type, 'typeId')) })
  }

  /** The attach type, BPF_* of enum bpf_attach_type, as a number. It can also be set by name, such as `cgroup_inet4_bind`. */
  get expectedAttachType(): number {
    return this.#now.expectedAttachType
  }

  set expectedAttachType(type: number | string) {
    this.#set({ expectedAttachType: typeNumber('attach', type) })
  }

  /** The flags of BPF_PROG_LOAD, BPF_F_*, such as `BPF_F_SLEEPABLE` (16). */
  get flags(): number {
    return this.#now.flags
  }

  set flags(flags: number) {
    this.#set({ flags })
  }

  /** The verifier's log level for this program, as in `OpenOptions.logLevel`. */
  get logLevel(): number {
    return this.#now.logLevel
  }

  set logLevel(logLevel: number) {
    this.#set({ logLevel })
  }

  /** Sets the interface to whose hardware the program is offloaded, or whose driver's XDP metadata it reads. */
  setInterface(ifindex: number): void {
    this.#set({ ifindex })
  }

  /**
   * Sets what a program of type tracing, lsm or ext attaches to, if its section does not say: a kernel function, by name, or a function
   * of another program.
   *
   * @throws {BpfError} ESRCH or ENOENT if there is no such function.
   */
  setAttachTarget(target: string | AttachTarget): void {
    try {
      this.#setAttachTarget(target)
    } catch (error) {
      throw explainTarget(error, this.section, target)
    }
    this.#refresh()
  }

  #setAttachTarget(target: string | AttachTarget): void {
    this.#native.setAttachTarget(
      this.#index,
      typeof target === 'string'
        ? { function: target }
        : {
            fd: requireFd(requireOptions(target, targetNames, 'target').program, 'program'),
            ...(target.function !== undefined && { function: target.function }),
          },
    )
  }

  /** @internal */
  [inspect.custom](): string {
    return printable(`[OpenProgram ${this.name}: ${this.section}]`)
  }

  #set(settings: NativeProgramSettings): void {
    this.#native.setProgram(this.#index, settings)
    this.#refresh()
  }

  #refresh(): void {
    this.#now = this.#native.programs()[this.#index] ?? this.#now
  }
}
shareClass(OpenProgram, 'OpenProgram')
