import type { CodecOptions } from '../btf/index.js'
import type { OpenOptions } from './open-object.js'

/**
 * What an object file holds, as a type. `ebpf types x.bpf.o` writes one; with it, `open<XObject>('x.bpf.o')` makes a name
 * that the object has not a compile error, and knows the type of every key, value, global and record.
 */
export interface ObjectTypes {
  /** Each program's ELF section. */
  readonly programs: object
  /** A `MapTypes` for each map. */
  readonly maps: object
  /** Global variables; constants, which cannot be set after load, are `readonly`. */
  readonly globals: object
  /** Structs and other types by their C names, as records of ring and perf buffers. */
  readonly types: object
  /** `OpenOptions.decode` with which all that is true, where it is not the default. */
  readonly decoding: object
}

export interface MapTypes {
  /** `hash`, `percpu_array`, `ringbuf` */
  readonly kind: string
  readonly key: unknown
  /** Of a per-CPU map, an array. */
  readonly value: unknown
}

/** An object of which nothing is known before it is opened: any name may be right. */
export interface UntypedObject extends ObjectTypes {
  readonly programs: Readonly<Record<string, string>>
  readonly maps: Readonly<Record<string, MapTypes>>
  readonly globals: Record<string, unknown>
  readonly types: Readonly<Record<string, unknown>>
  readonly decoding: CodecOptions
}

export type NameOf<Part> = keyof Part & string

/** Names of which more is known than that they are strings. */
export type KnownNameOf<Part> = string extends keyof Part ? never : keyof Part & string

export type MapKey<T extends ObjectTypes, N> = N extends keyof T['maps']
  ? T['maps'][N] extends { readonly key: infer Key }
    ? Key
    : unknown
  : unknown

export type MapValue<T extends ObjectTypes, N> = N extends keyof T['maps']
  ? T['maps'][N] extends { readonly value: infer Value }
    ? Value
    : unknown
  : unknown

/** The names of an object's maps of that kind. */
export type MapName<T extends ObjectTypes, Kind> = string extends keyof T['maps']
  ? string
  : { [N in keyof T['maps']]: T['maps'][N] extends { readonly kind: Kind } ? N : never }[keyof T['maps']] & string

/** The options with which decoding gives what the object's types say: those that they were written with, and no other. */
export type Decoding<T extends ObjectTypes> = Pick<T['decoding'], keyof T['decoding']> & {
  readonly [P in Exclude<keyof CodecOptions, keyof T['decoding']>]?: never
}

/** What `open` takes besides the object: nothing is needed where the types are of the default decoding. */
export type OpenArguments<T extends ObjectTypes> =
  Record<never, never> extends T['decoding']
    ? [options?: OpenOptions<T>]
    : [options: OpenOptions<T> & { readonly decode: Decoding<T> }]

/** Before load constants can be set too. */
export type OpenGlobals<T extends ObjectTypes> = { -readonly [N in keyof T['globals']]: T['globals'][N] }
