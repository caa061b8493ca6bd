import type { CodecOptions } from '../btf/index.js'
import type { OpenOptions } from './open-object.js'

/**
 * The contents of an object file, as a type. `ebpf types x.bpf.o` writes one. With it, `open<XObject>('x.bpf.o')` knows the type of
 * every key, value, global and record, and an unknown name is a compile error.
 */
export interface ObjectTypes {
  /** The ELF section of each program, by the program's name. */
  readonly programs: object
  /** A `MapTypes` for each map, by the map's name. */
  readonly maps: object
  /** The global variables. Constants are `readonly`: they cannot be set after load. */
  readonly globals: object
  /** Structs and other types by their C names, for the records of ring buffers and perf buffers. */
  readonly types: object
  /** The `OpenOptions.decode` for which these types hold, if it is not the default. */
  readonly decoding: object
}

/** The type of a map, and the types of its keys and values. */
export interface MapTypes {
  /** The map's type: `hash`, `percpu_array`, `ringbuf`. */
  readonly type: string
  /** The type of its keys. */
  readonly key: unknown
  /** The type of its values; for a per-CPU map, an array. */
  readonly value: unknown
}

/** The type of an object about which nothing is known before it is opened: it accepts any name. */
export interface UntypedObject extends ObjectTypes {
  readonly programs: Readonly<Record<string, string>>
  readonly maps: Readonly<Record<string, MapTypes>>
  readonly globals: Record<string, unknown>
  readonly types: Readonly<Record<string, unknown>>
  readonly decoding: CodecOptions
}

/** The names in a part of an object. */
export type NameOf<Part> = keyof Part & string

/** The names in a part of an object, if they are known; `never` if any string is accepted. */
export type KnownNameOf<Part> = string extends keyof Part ? never : keyof Part & string

/** The type of the keys of map `N`. */
export type MapKey<T extends ObjectTypes, N> = N extends keyof T['maps']
  ? T['maps'][N] extends { readonly key: infer Key }
    ? Key
    : unknown
  : unknown

/** The type of the values of map `N`. */
export type MapValue<T extends ObjectTypes, N> = N extends keyof T['maps']
  ? T['maps'][N] extends { readonly value: infer Value }
    ? Value
    : unknown
  : unknown

/** The names of an object's maps of the type `Type`. */
export type MapName<T extends ObjectTypes, Type> = string extends keyof T['maps']
  ? string
  : { [N in keyof T['maps']]: T['maps'][N] extends { readonly type: Type } ? N : never }[keyof T['maps']] & string

/** The decoding options for which the object's types hold: exactly those with which the types were written. */
export type Decoding<T extends ObjectTypes> = Pick<T['decoding'], keyof T['decoding']> & {
  readonly [P in Exclude<keyof CodecOptions, keyof T['decoding']>]?: never
}

/** The further arguments of `open`. They are optional if the types were written with the default decoding. */
export type OpenArguments<T extends ObjectTypes> =
  Record<never, never> extends T['decoding']
    ? [options?: OpenOptions<T>]
    : [options: OpenOptions<T> & { readonly decode: Decoding<T> }]

/** The global variables before load, when constants can be set too. */
export type OpenGlobals<T extends ObjectTypes> = { -readonly [N in keyof T['globals']]: T['globals'][N] }
