import type { CodecOptions } from './btf.js'

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
  /** Structs and other types by their C names, as records of ring buffers. */
  readonly types: object
  /** The options of decoding with which all that is true, where they are not the defaults. */
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

/** The names of an object's ring buffers. */
export type RingName<T extends ObjectTypes> = string extends keyof T['maps']
  ? string
  : { [N in keyof T['maps']]: T['maps'][N] extends { readonly kind: 'ringbuf' } ? N : never }[keyof T['maps']] & string

/** The arguments with which decoding gives what the object's types say. */
export type Decoding<T extends ObjectTypes, More = unknown> = Pick<T['decoding'], keyof T['decoding']> &
  More & { readonly [P in Exclude<keyof CodecOptions, keyof T['decoding']>]?: never }

/** As an argument that may be left out when no option is needed. */
export type DecodingArguments<T extends ObjectTypes> =
  Record<never, never> extends T['decoding'] ? [options?: Decoding<T>] : [options: Decoding<T>]

/** Before load constants can be set too. */
export type OpenGlobals<T extends ObjectTypes> = { -readonly [N in keyof T['globals']]: T['globals'][N] }
