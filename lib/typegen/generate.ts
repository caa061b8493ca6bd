import type { FieldFormat } from '../btf/codec/formats.js'
import { settingsOf } from '../btf/codec/options.js'
import type { Node } from '../btf/codec/plan.js'
import { Planner } from '../btf/codec/planner.js'
import { type Btf, BtfError, type CodecOptions } from '../btf/index.js'
import { takesDescriptors, traitsOfName } from '../maps/types.js'
import { comment, literal, property, typeName } from './names.js'
import { type MapModel, type ObjectSource, objectModel } from './object-model.js'
import { reachableRecords } from './reachable.js'
import { lineWidth, TypeWriter } from './type-writer.js'

/** The type of a key or value that is set as a descriptor. When read, it is a number. */
const descriptor = 'number | { readonly fd: number }'

/** How values will be decoded: the part of `OpenOptions.decode` that can be written down. */
export interface GenerateOptions extends Pick<CodecOptions, 'int64' | 'charArrays' | 'enums' | 'addresses'> {
  readonly types?: Readonly<Record<string, FieldFormat>>
}

export interface GenerateSource extends ObjectSource {
  /** The file's name, used for the interface's name and the comment above it. */
  readonly file: string
  /** C names of types to write in addition to those that maps and globals use; `all` for every type. */
  readonly records: readonly string[] | 'all'
}

/**
 * Writes the types of an object as TypeScript: one interface for the object, to pass to `open<T>`, and one per struct that its maps and
 * globals hold or that a global points to. The text is formatted as Biome would, and the same file and options give the same text.
 * Throws RangeError for a type that the object lacks, TypeError for an option that does not fit.
 */
export function generateTypes(source: GenerateSource, options: GenerateOptions = {}): string {
  const { btf, file, records } = source
  const objectName = `${typeName(file.replace(/(\.bpf)?\.o$/, ''))}Object`
  const model = objectModel(source)
  const types = new Types(btf, options, objectName)

  const key = (map: MapModel) => {
    const traits = traitsOfName(map.type)
    if (traits?.key === 'descriptor') return descriptor
    return map.key === undefined && traits?.key === 'index' ? 'number' : types.of(map.key, `${map.name}_key`)
  }
  const value = (map: MapModel) => {
    const traits = traitsOfName(map.type)
    if (traits && takesDescriptors(traits)) return descriptor
    const one = types.of(map.value, `${map.name}_value`)
    return traits?.perCpu ? `${one}[]` : one
  }
  const maps = model.maps.map((map): Property => {
    return [property(map.name), [`type: ${literal(map.type)}`, `key: ${key(map)}`, `value: ${value(map)}`]]
  })
  const globals = [...model.globals].map(
    ([name, { type, constant }]): Property => [`${constant ? 'readonly ' : ''}${property(name)}`, types.of(type, name)],
  )
  const programs = [...model.programs].map(([name, section]): Property => [property(name), literal(section)])
  const named = reachableRecords(btf, model, records).flatMap(({ name, id }): Property[] => {
    const type = types.of(id, name)
    return type === 'unknown' ? [] : [[property(name), type]]
  })
  types.check()

  const parts: [string, readonly Property[]][] = [
    ['programs', programs],
    ['maps', maps],
    ['globals', globals],
    ['types', named],
    ['decoding', decoding(options)],
  ]
  const head = `// Written by \`ebpf types ${file.replaceAll(/[\p{Cc}\u2028\u2029]/gu, '?')}\`: change the program, not this file.`
  const about = comment(`What ${file} holds: \`open<${objectName}>(path)\` checks names and values by it.`)
  const body = parts.map(([name, properties]) => `  ${name}: ${block(properties, '  ')}\n`).join('')
  return `${[head, ...types.writer.declarations, `${about}\nexport interface ${objectName} {\n${body}}`].join('\n\n')}\n`
}

type Property = readonly [name: string, type: string | readonly string[]]

class Types {
  readonly writer: TypeWriter
  readonly #settings: ReturnType<typeof settingsOf>
  readonly #planner: Planner

  constructor(btf: Btf, options: CodecOptions, objectName: string) {
    this.#settings = settingsOf(btf, options)
    this.#planner = new Planner(btf, this.#settings)
    this.writer = new TypeWriter([objectName])
  }

  /** Without BTF, values are bytes; `unknown` if BTF describes a type that cannot be decoded. */
  of(id: number | undefined, context: string): string {
    if (id === undefined) return 'Uint8Array'
    const node = this.#plan(id)
    return node ? this.writer.typeOf(node, context) : 'unknown'
  }

  /** Throws TypeError for a field that its type lacks. */
  check(): void {
    this.#settings.formats.check()
  }

  #plan(id: number): Node | undefined {
    try {
      return this.#planner.plan(id, { tail: true, depth: 0, trees: [] })
    } catch (error) {
      if (error instanceof BtfError) return undefined
      throw error
    }
  }
}

function decoding({ types, ...options }: GenerateOptions): Property[] {
  const defaults: Readonly<Record<string, string>> = {
    int64: 'bigint',
    charArrays: 'bytes',
    enums: 'number',
    addresses: 'struct',
  }
  const entries = Object.entries(options).filter(([name, value]) => value !== undefined && value !== defaults[name])
  const formats = Object.entries(types ?? {}).map(([path, format]) => `${property(path)}: ${literal(format)}`)
  return [
    ...entries.map(([name, value]): Property => [name, literal(value)]),
    ...(formats.length > 0 ? [['types', formats] as const] : []),
  ]
}

/** An object type with one line per property. A nested object type is written on the same line if it is short enough. */
function block(properties: readonly Property[], indent: string): string {
  if (properties.length === 0) return 'Record<never, never>'
  const deeper = `${indent}  `
  const lines = properties.map(([name, type]) => {
    if (typeof type === 'string') return `${deeper}${name}: ${type}\n`
    const short = `${deeper}${name}: { ${type.join('; ')} }\n`
    if (short.length <= lineWidth + 1) return short
    return `${deeper}${name}: {\n${type.map((part) => `${deeper}  ${part}\n`).join('')}${deeper}}\n`
  })
  return `{\n${lines.join('')}${indent}}`
}
