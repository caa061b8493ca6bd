import { NotSupportedError } from '../errors.js'

/** The functions that wait on libuv's event loop, which only Node.js has; in other runtimes the process would crash. */
const waiting = ['openRingBuffer', 'openPerfBuffer', 'openUserRingBuffer', 'openNetlink'] as const

/** For Bun and Deno, which lack libuv's `uv_poll_t`: replacements for functions of the addon that throw instead. */
export function withoutLibuv(versions: Readonly<Record<string, string | undefined>>) {
  const runtime = versions.bun ? 'Bun' : versions.deno ? 'Deno' : undefined
  if (runtime === undefined) return {}
  const refuse = (name: string) => () => {
    const operation = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    const message = `${operation}: events and monitors need the event loop of Node.js, libuv, which ${runtime} does not have; run this with Node.js 20 or newer`
    const instead = 'Node.js 20 or newer'
    throw new NotSupportedError({ code: 'ENOTSUP', errno: 95, operation, message, feature: 'libuv', instead })
  }
  return Object.fromEntries(waiting.map((name) => [name, refuse(name)]))
}
