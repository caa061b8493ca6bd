import type { Btf } from '../../lib/btf/btf.js'
import { type Codec, type CodecMaker, closures, codecWith } from '../../lib/btf/codec/codec.js'
import { generateDecode, generateOver } from '../../lib/btf/codec/generate.js'
import { generateEncode } from '../../lib/btf/codec/generate-encode.js'
import type { CodecOptions } from '../../lib/btf/codec/options.js'

// biome-ignore lint/suspicious/noExplicitAny: the tests look into what they decode
export type Compile = (btf: Btf, type: number, options?: CodecOptions) => Codec<any>

const generated: CodecMaker = { decode: generateDecode, over: generateOver, tryEncode: generateEncode }

/** Both ways to make a decoder; they must give the same results. */
export const strategies: readonly (readonly [name: string, compile: Compile])[] = [
  ['generated', (btf, type, options = {}) => codecWith(generated, btf, type, options)],
  ['closures', (btf, type, options = {}) => codecWith(closures, btf, type, options)],
]

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
