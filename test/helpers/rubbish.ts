/**
 * Values that nobody should pass, by a name for messages. Each is made anew, because the called function may keep or
 * change it.
 */
export const rubbish: ReadonlyMap<string, () => unknown> = new Map<string, () => unknown>([
  ['undefined', () => undefined],
  ['null', () => null],
  ['true', () => true],
  ['NaN', () => Number.NaN],
  ['-1', () => -1],
  ['1.5', () => 1.5],
  ['2 ** 53', () => 2 ** 53],
  ['Infinity', () => Number.POSITIVE_INFINITY],
  ['a negative bigint', () => -1n],
  ['a bigint of 65 bits', () => 2n ** 64n],
  ['empty text', () => ''],
  ['text with a NUL', () => 'a\0b'],
  ['text of 100,000 characters', () => 'x'.repeat(100_000)],
  ['__proto__', () => '__proto__'],
  ['an empty object', () => ({})],
  ['an object without a prototype', () => Object.create(null)],
  ['a frozen object', () => Object.freeze({ fd: -1, length: -1 })],
  ['an array', () => []],
  ['an array of rubbish', () => [null, Symbol('rubbish'), {}]],
  ['a long sparse array', () => new Array(2 ** 32 - 1)],
  ['a symbol', () => Symbol('rubbish')],
  ['a date', () => new Date(Number.NaN)],
  ['a function that throws null', () => throwsNull],
  ['a proxy that throws', () => hostileProxy()],
  ['an object that does not convert', () => hostileObject()],
  ['an iterable that throws', () => ({ [Symbol.iterator]: throwsNull, [Symbol.asyncIterator]: throwsNull })],
  ['no bytes', () => new Uint8Array(0)],
  ['seven bytes', () => new Uint8Array(7)],
  ['floats', () => new Float64Array(3)],
  ['a view of data', () => new DataView(new ArrayBuffer(8))],
  ['bytes that were transferred', () => detached()],
  ['shared bytes', () => new Uint8Array(new SharedArrayBuffer(4))],
  ['bytes that have shrunk', () => shrunk()],
  ['a closed descriptor', () => ({ fd: 2 ** 31 - 1 })],
  ['a descriptor of something else', () => ({ fd: 0 })],
  ['a handle of nothing', () => ({ close() {}, closed: true, native: {}, fd: Number.NaN })],
])

/** An error thrown by the rubbish itself, which may be passed on. */
export class OwnError extends Error {}

function throwsNull(): never {
  // biome-ignore lint/style/useThrowOnlyError: that others do so is what is tried
  throw null
}

function hostileProxy(): object {
  const fail = () => {
    throw new OwnError('trap')
  }
  const traps = ['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf', 'set', 'apply', 'construct']
  return new Proxy(() => {}, Object.fromEntries(traps.map((trap) => [trap, fail])))
}

function hostileObject(): object {
  const fail = () => {
    throw new OwnError('conversion')
  }
  return {
    toString: fail,
    valueOf: fail,
    toJSON: fail,
    [Symbol.toPrimitive]: fail,
    [Symbol.for('nodejs.util.inspect.custom')]: fail,
  }
}

function detached(): Uint8Array {
  const bytes = new Uint8Array(8)
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  return bytes
}

interface Resizable {
  new (length: number, options: { maxByteLength: number }): ArrayBuffer & { resize?(length: number): void }
}

function shrunk(): Uint8Array {
  const buffer = new (ArrayBuffer as unknown as Resizable)(64, { maxByteLength: 64 })
  const bytes = new Uint8Array(buffer, 8, 32)
  buffer.resize?.(16)
  return bytes
}
