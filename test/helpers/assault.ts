import { watchingNative } from './native-options.js'
import { OwnError, rubbish } from './rubbish.js'

/** Arguments that the call accepts, used next to the one that is being tried. */
export type Arguments = readonly unknown[]

/** Milliseconds that a call, or what it returned, may take before it counts as hung; an emulated machine needs many. */
const patience = 20_000

/** V8's message for a value that nobody has checked: it names neither the value nor the argument. */
const unexplained =
  /^Cannot (read|set|destructure|convert|mix|use 'in')|is not (a function|iterable|a constructor|a view)|^Invalid (array|typed array|argument|DataView|time)|^Object prototype|^First argument|^Right-hand side|^Method |^Reflect\.|^object null|^this is not|must be called on|^Spread syntax|^Iterator |^Array buffer|^Received |^Generator/

export interface Finding {
  readonly call: string
  readonly problem: string
}

export interface Target {
  /** `BpfMap.get` */
  readonly name: string
  readonly call: (args: Arguments) => unknown
  /** Valid arguments; rubbish replaces one of them at a time. */
  readonly args: Arguments
  /** Tries rubbish only inside the options: without options, the call rightly waits forever. */
  readonly optionsOnly?: boolean
  /** Calls that would do what they say, and must not: `name(0: undefined)`. */
  readonly except?: readonly string[]
  /** Ends what the call waits for. */
  readonly end?: () => void
  /** Called before each call, in case that it is the last. */
  readonly before: (what: string) => void
  /** Restores what the last call has used up. */
  readonly renewed?: () => Promise<void>
}

/** Calls with rubbish in each position: every argument, every option that the call reads, and all arguments at once. */
export async function assault(target: Target): Promise<Finding[]> {
  const findings: Finding[] = []
  const tryOne = async (where: string, args: () => Arguments) => {
    const call = `${target.name}(${where})`
    if (target.except?.includes(call)) return
    target.before(call)
    await target.renewed?.()
    const problem = await outcome(target, args)
    if (problem !== undefined) findings.push({ call, problem })
  }
  const places = Math.max(target.args.length, 1)
  for (const [what, make] of target.optionsOnly ? [] : rubbish) {
    for (let place = 0; place <= places; place++) {
      await tryOne(`${place}: ${what}`, () => replaced(target.args, place, make()))
    }
    await tryOne(`everywhere: ${what}`, () => target.args.map(make))
  }
  for (const { place, option } of await optionsOf(target)) {
    for (const [what, make] of rubbish) {
      const given = target.args[place] as object | undefined
      const options = () => Object.defineProperty({ ...given }, option, { value: make(), enumerable: true })
      await tryOne(`${place}.${option}: ${what}`, () => replaced(target.args, place, options()))
    }
  }
  return findings
}

function replaced(args: Arguments, place: number, value: unknown): unknown[] {
  const all: unknown[] = Array.from({ length: Math.max(args.length, place + 1) }, (_, i) => args[i])
  all[place] = value
  return all
}

/** Why the result of the call is wrong; undefined if it is right. */
async function outcome(target: Target, args: () => Arguments): Promise<string | undefined> {
  const given = args()
  const start = performance.now()
  try {
    await settle(target.call(given), target)
  } catch (error) {
    return judge(error)
  }
  const took = performance.now() - start
  return took > patience ? `took ${took} ms` : undefined
}

function judge(error: unknown): string | undefined {
  // An error thrown by the rubbish itself may be rethrown.
  if (error === null || error instanceof OwnError) return undefined
  if (!(error instanceof Error)) return `threw ${String(error)}`
  if (error.message === '' || unexplained.test(error.message)) return error.stack ?? error.message
  return undefined
}

/** Waits for what was returned, and closes what has to be closed. */
async function settle(result: unknown, target: Target): Promise<void> {
  if (!isObject(result)) return
  if (typeof result.then === 'function')
    return settle(await inTime(result as unknown as Promise<unknown>, target), target)
  if (typeof result.close === 'function' && result !== target.args[0]) return void result.close()
  if (typeof result.next !== 'function') return
  const iterator = result as unknown as AsyncIterator<unknown>
  for (let i = 0; i < 3; i++) {
    const { done, value } = await inTime(Promise.resolve(iterator.next()), target)
    if (done) return
    await settle(value, target)
  }
  await inTime(Promise.resolve(iterator.return?.()), target)
}

/** Ends calls that rightly wait forever after a while; those that still wait then are hung. */
async function inTime<T>(promise: Promise<T>, target: Target): Promise<T> {
  const ender = setTimeout(() => target.end?.(), 30)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('Received nothing: it hangs')), patience)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(ender)
    clearTimeout(timer)
  }
}

/** Finds the options that a call reads, by passing objects that record it. */
async function optionsOf(target: Target): Promise<{ place: number; option: string }[]> {
  const found = new Map<string, { place: number; option: string }>()
  for (let place = 0; place <= target.args.length; place++) {
    const given = target.args[place] ?? {}
    if (!isPlain(given)) continue
    const spy = new Proxy(given, {
      get(object, option, receiver) {
        if (typeof option === 'string' && option !== 'then') found.set(`${place}.${option}`, { place, option })
        return Reflect.get(object, option, receiver)
      },
      has(object, option) {
        if (typeof option === 'string') found.set(`${place}.${option}`, { place, option })
        return Reflect.has(object, option)
      },
    })
    const tell = (option: string) => found.set(`${place}.${option}`, { place, option })
    await watchingNative(tell, () => outcome(target, () => replaced(target.args, place, spy)))
  }
  return [...found.values()]
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

export const isPlain = (value: unknown): value is object =>
  isObject(value) && Object.getPrototypeOf(value) === Object.prototype
