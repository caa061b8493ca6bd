import { inspect } from 'node:util'
import { variableCodec } from '../btf/codec/codec.js'
import { divideFields } from '../btf/codec/formats.js'
import { settingsOf } from '../btf/codec/options.js'
import type { Btf, Codec, CodecOptions, DataSection } from '../btf/index.js'
import type { NativeMapDescription, NativeObject } from '../internal/binding.js'
import { viewOf } from '../internal/view-of.js'
import { arenaSection, mapTypes } from '../maps/types.js'
import { didYouMean } from '../nearest.js'
import { printable } from '../printable.js'

/** Global variables by their C names. They are decoded and encoded by their BTF types. */
export type Globals = Record<string, unknown>

/**
 * Returns accessors for every variable in .rodata, .data, .bss, sections named after them, .kconfig and the arena. Setting an unknown
 * name throws TypeError. Pass `maps` as they were opened: on loading, libbpf renames a map that it reuses.
 *
 * @throws {TypeError} for a decoding option that does not fit.
 */
export function globalsOf(
  native: NativeObject,
  btf: Btf | undefined,
  maps: readonly NativeMapDescription[],
  decode: CodecOptions,
): Globals {
  const globals: Globals = Object.create(withoutOthers(() => Object.keys(globals)))
  Object.defineProperty(globals, inspect.custom, { value: () => shown(globals) })
  if (!btf) return Object.preventExtensions(globals)
  settingsOf(btf, decode)
  const found = btf.dataSections().flatMap((section) => {
    const map = maps.findIndex((each) => holds(each, section))
    return map === -1 ? [] : section.variables.map((variable) => ({ map, ...variable }))
  })
  const fields = divideFields(
    decode.fields,
    found.map(({ name }) => name),
  )
  for (const variable of found) {
    const options = { ...decode, fields: fields[variable.name] ?? {} }
    const compile = () => variableCodec(btf, variable, options)
    // Compiled on first use: an object may have many globals, of which a program reads few. But a wrong path is reported at once.
    const compiled = Object.keys(options.fields).length > 0 ? compile() : undefined
    Object.defineProperty(globals, variable.name, accessor(native, variable, compile, compiled))
  }
  return Object.preventExtensions(globals)
}

/**
 * The prototype of an object with a fixed set of names. Setting an unknown name arrives here and throws, with the closest known name.
 * Reading an unknown name returns undefined, as with any object.
 */
function withoutOthers(names: () => string[]): object {
  return new Proxy(Object.create(null), {
    set(_, name) {
      const meant = typeof name === 'string' ? didYouMean(name, names()) : ''
      throw new TypeError(`the object has no global '${printable(String(name))}'${meant}`)
    },
  })
}

/** The current values, for `console.log`. A value that cannot be read is shown as the reason. */
function shown(globals: Globals): Globals {
  const values: Globals = {}
  for (const name of Object.keys(globals)) {
    let value: unknown
    try {
      value = globals[name]
    } catch (error) {
      value = { [inspect.custom]: () => `[${(error as Error).message}]` }
    }
    Object.defineProperty(values, name, { value, enumerable: true })
  }
  return values
}

/** Whether a map holds a section's variables. An object has at most one arena. */
function holds(map: NativeMapDescription, section: DataSection): boolean {
  if (section.name === arenaSection) return map.type === mapTypes.arena.id
  return map.internal && map.btfValueTypeId === section.id
}

function accessor(
  native: NativeObject,
  { map, offset, size }: { readonly map: number; readonly offset: number; readonly size: number },
  compile: () => Codec,
  compiled: Codec | undefined,
): PropertyDescriptor {
  let known = compiled
  const codec = () => (known ??= compile())
  return {
    enumerable: true,
    configurable: true,
    get() {
      const bytes = native.readGlobal(map, offset, size)
      return codec().decode(viewOf(bytes), 0, bytes.byteLength)
    },
    set(value: unknown) {
      const bytes = new Uint8Array(size)
      codec().encode(value, new DataView(bytes.buffer), 0)
      native.writeGlobal(map, offset, bytes)
    },
  }
}
