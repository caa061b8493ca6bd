import { inspect } from 'node:util'
import { variableCodec } from '../btf/codec/codec.js'
import { divideFields } from '../btf/codec/formats.js'
import { settingsOf } from '../btf/codec/options.js'
import type { Btf, Codec, CodecOptions, DataSection } from '../btf/index.js'
import type { NativeMapDescription, NativeObject } from '../internal/binding.js'
import { viewOf } from '../internal/view-of.js'
import { arenaSection, kindOf } from '../maps/kind.js'
import { didYouMean } from '../nearest.js'
import { printable } from '../printable.js'

/** Global variables by their C names, decoded and encoded by their BTF type. */
export type Globals = Record<string, unknown>

/**
 * Accessors for every variable of .rodata, .data, .bss, their named kin and .kconfig, and of the arena; setting a name that is not
 * there throws TypeError. `maps` as they were opened: on loading, libbpf renames a map that it reuses. Throws TypeError for an
 * option of decoding that does not fit.
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
    // On first use: an object may have many globals, and a program reads few. But a wrong path is told at once.
    const compiled = Object.keys(options.fields).length > 0 ? compile() : undefined
    Object.defineProperty(globals, variable.name, accessor(native, variable, compile, compiled))
  }
  return Object.preventExtensions(globals)
}

/**
 * The prototype of an object whose names are fixed: what is set and not found arrives here, and is told apart from what there is.
 * Reading a name that is not there gives undefined, as of any object.
 */
function withoutOthers(names: () => string[]): object {
  return new Proxy(Object.create(null), {
    set(_, name) {
      const meant = typeof name === 'string' ? didYouMean(name, names()) : ''
      throw new TypeError(`the object has no global '${printable(String(name))}'${meant}`)
    },
  })
}

/** The values as they are now, for `console.log`; of those that cannot be read, why. */
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

/** An object has one arena at most. */
function holds(map: NativeMapDescription, section: DataSection): boolean {
  if (section.name === arenaSection) return kindOf(map.type) === 'arena'
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
