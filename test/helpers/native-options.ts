import { createRequire } from 'node:module'
import { join } from 'node:path'

type Call = (...args: unknown[]) => unknown

let told: ((option: string) => void) | undefined

/**
 * Reports which options the addon reads while `run` runs. A spy on the caller's own object would miss what lib/ copies.
 */
export async function watchingNative<T>(tell: (option: string) => void, run: () => Promise<T>): Promise<T> {
  told = tell
  try {
    return await run()
  } finally {
    told = undefined
  }
}

/** Wraps the functions of `owner`, which must be writable, as the addon itself is. */
export function watchFunctions(owner: Record<string, unknown>): void {
  for (const [name, call] of Object.entries(owner)) {
    if (typeof call !== 'function' || name === 'setErrorFactory') continue
    owner[name] = (...args: unknown[]) => Reflect.apply(call, owner, told ? args.map(spied) : args)
  }
}

/** Wraps the methods of what a getter returns: those of a native class cannot be replaced. */
export function watchGetter(prototype: object, name: string): void {
  let owner = prototype
  while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner)
  const { get } = Object.getOwnPropertyDescriptor(owner, name) as PropertyDescriptor
  Object.defineProperty(prototype, name, {
    configurable: true,
    get() {
      const native = Reflect.apply(get as () => Record<string | symbol, Call>, this, [])
      if (!told) return native
      return new Proxy(
        {},
        {
          get:
            (_, method) =>
            (...args: unknown[]) =>
              (native[method] as Call).apply(native, args.map(spied)),
        },
      )
    },
  })
}

/** The addon that the package uses. */
export const addon = createRequire(join(process.cwd(), '/'))('node-gyp-build')(process.cwd()) as Record<string, unknown>

function spied(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  return new Proxy(value, {
    get(object, option) {
      if (typeof option === 'string') told?.(option)
      return Reflect.get(object, option)
    },
  })
}
