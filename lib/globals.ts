import { type Btf, compileCodec } from './btf.js'
import type { NativeMapDescription, NativeObject } from './internal/binding.js'
import { viewOf } from './internal/view-of.js'

/** Global variables by their C names, decoded and encoded by their BTF type. 64-bit ones are `bigint`. */
export type Globals = Record<string, unknown>

/**
 * Accessors for every variable of .rodata, .data, .bss, their named kin and .kconfig; setting a name that is not there throws
 * TypeError. `maps` as they were opened: on loading, libbpf renames a map that it reuses.
 */
export function globalsOf(native: NativeObject, btf: Btf | undefined, maps: readonly NativeMapDescription[]): Globals {
  const globals: Globals = Object.create(null)
  if (btf) {
    for (const section of btf.dataSections()) {
      const map = maps.findIndex(({ internal, btfValueTypeId }) => internal && btfValueTypeId === section.id)
      if (map === -1) continue
      for (const variable of section.variables) {
        Object.defineProperty(globals, variable.name, accessor(native, btf, map, variable))
      }
    }
  }
  return Object.preventExtensions(globals)
}

function accessor(
  native: NativeObject,
  btf: Btf,
  map: number,
  variable: { name: string; offset: number; size: number; type: number },
): PropertyDescriptor {
  // Compiled on first use: an object may have many globals, and a program reads few.
  let compiled: ReturnType<typeof compileCodec> | undefined
  const codec = () => (compiled ??= compileCodec(btf, variable.type))
  return {
    enumerable: true,
    configurable: true,
    get() {
      const bytes = native.readGlobal(map, variable.offset, variable.size)
      return codec().decode(viewOf(bytes), 0, bytes.byteLength)
    },
    set(value: unknown) {
      const bytes = new Uint8Array(variable.size)
      codec().encode(value, new DataView(bytes.buffer), 0)
      native.writeGlobal(map, variable.offset, bytes)
    },
  }
}
